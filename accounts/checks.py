"""What `manage.py check` demands of every model, so that nobody can forget the wall."""

from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, register

from accounts import wall
from accounts.constraints import SameClient
from accounts.models import ClientOwned


@register
def every_table_has_rights(**_: Any) -> list[CheckMessage]:
    return [
        Error(f"Nobody said who may touch the table {table}: give its model `rights`.", id="wall.E001")
        for table, rights in wall.tables().items()
        if rights is None
    ]


@register
def every_reference_keeps_its_client(**_: Any) -> list[CheckMessage]:
    missing: list[CheckMessage] = []
    for model in (m for m in apps.get_models() if issubclass(m, ClientOwned)):
        kept = {constraint.field for constraint in model._meta.constraints if isinstance(constraint, SameClient)}
        for field in model._meta.local_fields:
            target = field.remote_field.model if field.remote_field else None
            if isinstance(target, type) and issubclass(target, ClientOwned) and field.name not in kept:
                missing.append(
                    Error(f"{model.__name__}.{field.name} may name another client's row: add SameClient.", obj=model, id="wall.E002")
                )
    return missing
