"""How a client comes into care."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import policies
from accounts.actors import Actor
from accounts.errors import Conflict, NotAllowed
from accounts.models import BusinessCalendar, Client
from events.actions import record


@transaction.atomic
def add_client(*, actor: Actor, name: str, code: str, time_zone: str = "UTC", calendar: BusinessCalendar | None = None) -> Client:
    """Take a company into care. The code is for ever: every reference of the client begins with it.

    Raises NotAllowed, and Conflict when the code is another client's.
    """
    if not policies.may_add_clients(actor):
        raise NotAllowed(_("Only admins and leads add clients."))
    if Client.objects.filter(code=code).exists():
        raise Conflict(_("The code %(code)s is taken. Choose another.") % {"code": code}, field="code")
    client = Client.objects.create(name=name, code=code, time_zone=time_zone, calendar=calendar)
    record("client.added", actor=actor, about=client, client_id=client.pk)
    return client
