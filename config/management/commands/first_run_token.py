from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts import scope
from accounts.actions.founding import founding_token, is_founded


class Command(BaseCommand):
    """Print where an empty installation is founded, and the token that it takes; nothing once the firm exists."""

    help = "Prints the address and the token of the first-run page while the installation is empty."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 (Django's signature)
        with scope.system("first run"):
            if not is_founded():
                self.stdout.write(f"  Found your firm at {settings.PUBLIC_URL}/first-run/ with the token {founding_token()}")
