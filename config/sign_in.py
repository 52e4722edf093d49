"""How allauth is held to our rules: nobody signs up by themselves, and a code mail looks like our mail."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from accounts.models import Firm
from events.actions.delivering import sender


class ClosedDoor(DefaultAccountAdapter):  # type: ignore[misc]
    """People are invited by the firm; the sign-up page does not exist."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 (allauth's signature)
        return False

    def get_from_email(self) -> str:
        """Codes and notices come from one sender: the firm."""
        return sender(Firm.objects.the())
