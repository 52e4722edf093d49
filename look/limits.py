"""How much money somebody approves at once, with its currency: a limit is one number, held against amounts of every retainer."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.utils.translation import gettext

from accounts.models import Firm, Membership
from engagements.models import Engagement
from look.templatetags.tend import money_short


def with_currencies(memberships: QuerySet[Membership]) -> QuerySet[Membership]:
    """Each with `currencies`: those of its client's retainers, in which its limit counts."""
    promised = Engagement.objects.promised().filter(client=OuterRef("client"))
    return memberships.annotate(currencies=ArraySubquery(promised.order_by("currency").values("currency").distinct()))


def currencies_of(client_id: UUID) -> list[str]:
    """Of the client's retainers; of the firm where there is none yet, as a new one begins with it."""
    promised = Engagement.objects.promised().filter(client=client_id)
    return list(promised.order_by("currency").values_list("currency", flat=True).distinct()) or [Firm.objects.the().currency]


def one_of(words: Sequence[str]) -> str:
    """As in "EUR or USD"."""
    return gettext(" or ").join(words)


def limit_told(membership: Membership, currencies: Sequence[str]) -> str:
    """As in "USD 5,000", or "EUR 5,000 or USD 5,000" where retainers are in both. Empty for whoever has no limit."""
    up_to = membership.approves_up_to
    return "" if up_to is None else one_of([money_short(up_to, currency) for currency in currencies])
