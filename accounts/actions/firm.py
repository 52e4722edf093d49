"""What the firm says of itself."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import policies
from accounts.actions.currencies import hold_to_currency
from accounts.actions.zones import hold_to_zone
from accounts.actors import Actor
from accounts.errors import NotAllowed
from accounts.models import Firm

DESCRIBED = frozenset({"name", "hue", "sender_name", "time_zone", "currency"})


@transaction.atomic
def describe_firm(*, actor: Actor, **changes: Any) -> Firm:
    """Set anew how the firm is called, coloured and sends mail, where and in what money it works; history keeps who changed what.

    Raises NotAllowed, UnknownZone, UnknownCurrency.
    """
    if not policies.may_describe_firm(actor):
        raise NotAllowed(_("Only admins change what the firm says of itself."))
    if "time_zone" in changes:
        hold_to_zone(changes["time_zone"])
    if "currency" in changes:
        hold_to_currency(changes["currency"])
    standing = Firm.objects.select_for_update(no_key=True).get(pk=1)
    changed = sorted(name for name in DESCRIBED & changes.keys() if getattr(standing, name) != changes[name])
    if changed:
        for name in changed:
            setattr(standing, name, changes[name])
        standing.save(update_fields=changed)
    return standing
