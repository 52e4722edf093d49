from typing import Any

from django.core.management.commands import migrate

from accounts import scope


class Command(migrate.Command):
    """Django's own, as the owner of the tables."""

    def handle(self, *args: Any, **options: Any) -> None:
        with scope.owner():
            super().handle(*args, **options)
