"""How much money somebody approves at once, with its currency: a limit is one number, held against amounts of every retainer."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext

from accounts.models import Client, Membership
from engagements.models import currencies_for
from look.templatetags.tend import money_short


def with_currencies(memberships: QuerySet[Membership]) -> QuerySet[Membership]:
    """Each with `currencies`, in which its limit counts."""
    return memberships.annotate(currencies=currencies_for("client"))


def currencies_of(client_id: UUID) -> list[str]:
    """In which the limits of a client's people count."""
    counting: list[str] = Client.objects.filter(pk=client_id).values_list(currencies_for("pk"), flat=True).get()
    return counting


def one_of(words: Sequence[str]) -> str:
    """As in "EUR or USD"."""
    return gettext(" or ").join(words)


def limit_told(membership: Membership, currencies: Sequence[str]) -> str:
    """As in "USD 5,000", or "EUR 5,000 or USD 5,000" where retainers are in both. Empty for whoever has no limit."""
    up_to = membership.approves_up_to
    return "" if up_to is None else one_of([money_short(up_to, currency) for currency in currencies])
