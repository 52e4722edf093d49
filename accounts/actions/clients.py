"""How a client comes into care, and how it is described."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import policies
from accounts.actions.zones import hold_to_zone
from accounts.actors import Actor
from accounts.errors import Conflict, NotAllowed
from accounts.models import BusinessCalendar, Client
from events.actions import record

DESCRIBED = frozenset({"name", "time_zone", "calendar", "visibility"})


@transaction.atomic
def add_client(*, actor: Actor, name: str, code: str, time_zone: str = "UTC", calendar: BusinessCalendar | None = None) -> Client:
    """Take a company into care. The code is for ever: every reference of the client begins with it.

    Raises NotAllowed, UnknownZone, and Conflict when the code is another client's.
    """
    if not policies.may_add_clients(actor):
        raise NotAllowed(_("Only admins and leads add clients."))
    hold_to_zone(time_zone)
    if Client.objects.filter(code=code).exists():
        raise Conflict(_("The code %(code)s is taken. Choose another.") % {"code": code}, field="code")
    client = Client.objects.create(name=name, code=code, time_zone=time_zone, calendar=calendar)
    record("client.added", actor=actor, about=client, client_id=client.pk)
    return client


@transaction.atomic
def describe_client(*, actor: Actor, client: Client, **changes: Any) -> Client:
    """Set anew how a client is called (`name`), where it is (`time_zone`), when it works (`calendar`, None for the firm's
    hours) and how much of its hours it reads (`visibility`).

    Days and clocks that were computed before stay as they were. A lower level holds backwards too: subscribers take away what was made
    or logged at the one before. Raises NotAllowed, UnknownZone.
    """
    if not policies.may_describe_clients(actor):
        raise NotAllowed(_("Only admins and leads describe a client."))
    if "time_zone" in changes:
        hold_to_zone(changes["time_zone"])
    standing = Client.objects.select_for_update(no_key=True, of=("self",)).get(pk=client.pk)
    changed = sorted(name for name in DESCRIBED & changes.keys() if getattr(standing, name) != changes[name])
    levels = [standing.visibility, changes.get("visibility", standing.visibility)]
    if changed:
        for name in changed:
            setattr(standing, name, changes[name])
        standing.save(update_fields=changed)
        record("client.described", actor=actor, about=standing, client_id=standing.pk, fields=changed, visibility=levels)
    return standing
