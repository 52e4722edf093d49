"""Constraints of our own, beside Django's."""

from collections.abc import Iterable
from typing import Any

from django.core import checks
from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
from django.db.models import BaseConstraint, ForeignKey, Model


class SameClient(BaseConstraint):
    """The row and what its foreign key names belong to one client: FOREIGN KEY (client_id, x_id) REFERENCES x (client_id, id).

    Stands beside `db_constraint=False` on the field, whose single-column key would accept another client's row. It also
    makes the unique index of the target that the reference needs. The database checks it at COMMIT, as Django's own keys.
    """

    default_violation_error_message = "This belongs to another client."
    violation_error_code = "other_client"

    def __init__(
        self, field: str, *, name: str, violation_error_code: str | None = None, violation_error_message: str | None = None
    ) -> None:
        super().__init__(name=name, violation_error_code=violation_error_code, violation_error_message=violation_error_message)
        self.field = field

    def _foreign_key(self, model: type[Model]) -> "ForeignKey[Any, Any]":
        field = model._meta.get_field(self.field)
        if not isinstance(field, ForeignKey):
            raise TypeError(f"{model.__name__}.{self.field} is no foreign key.")
        return field

    def _parts(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> dict[str, str]:
        field = self._foreign_key(model)
        quote = schema_editor.quote_name
        target = field.remote_field.model._meta
        return {
            "table": quote(model._meta.db_table),
            "name": quote(self.name),
            "column": quote(field.column or ""),
            "target": quote(target.db_table),
            "pk": quote(target.pk.column or ""),
            "key": quote(f"{target.db_table}_of_client"[:63]),
        }

    def create_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement:  # type: ignore[override]
        return Statement(
            "CREATE UNIQUE INDEX IF NOT EXISTS %(key)s ON %(target)s (client_id, %(pk)s);"
            "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s FOREIGN KEY (client_id, %(column)s)"
            " REFERENCES %(target)s (client_id, %(pk)s) DEFERRABLE INITIALLY DEFERRED",
            **self._parts(model, schema_editor),
        )

    def constraint_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> None:  # type: ignore[override]
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))  # as Django does with its own foreign keys

    def remove_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement:  # type: ignore[override]
        return Statement("ALTER TABLE %(table)s DROP CONSTRAINT %(name)s", **self._parts(model, schema_editor))

    def validate(self, model: type[Model], instance: Model, exclude: Iterable[str] | None = None, using: str = DEFAULT_DB_ALIAS) -> None:
        field = self._foreign_key(model)
        value = getattr(instance, field.attname)
        if value is None or (exclude and (self.field in exclude or "client" in exclude)):
            return
        theirs = field.remote_field.model._base_manager.using(using).filter(pk=value, client_id=instance.client_id)  # type: ignore[attr-defined]
        if not theirs.exists():
            raise ValidationError(self.get_violation_error_message(), code=self.violation_error_code)

    def check(self, model: type[Model], connection: object) -> list[checks.CheckMessage]:  # noqa: ARG002 (Django's signature)
        if self._foreign_key(model).db_constraint:  # type: ignore[attr-defined]
            return [checks.Error(f"{model.__name__}.{self.field} needs db_constraint=False beside SameClient.", obj=model, id="wall.E003")]
        return []

    def deconstruct(self) -> Any:
        _, _, kwargs = super().deconstruct()
        if kwargs.get("violation_error_code") == type(self).violation_error_code:
            del kwargs["violation_error_code"]
        return f"{self.__class__.__module__}.{self.__class__.__qualname__}", (self.field,), kwargs

    def __eq__(self, other: object) -> bool:
        if isinstance(other, SameClient):
            return bool(self.deconstruct() == other.deconstruct())
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]
