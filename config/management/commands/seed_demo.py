from typing import Any

from django.core.management.base import BaseCommand

from accounts import scope
from config import story


class Command(BaseCommand):
    """Tell the demo story in an empty installation, or just say who can sign in to the one that is there."""

    help = "Fills an empty installation with the demo story and prints its log-ins. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 (Django's signature)
        with scope.system("demo story"):
            if not story.is_told():
                story.tell_story()
        width = max(len(login.email) for login in story.log_ins())
        for login in story.log_ins():
            self.stdout.write(f"  {login.email:<{width}}  {story.PASSWORD}  {login.name}, {login.part}")
