"""Time of one day and ticket, rounded as one where the terms say so."""

import datetime as dt
from collections.abc import Collection, Sequence
from uuid import UUID

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from billing.actions.recording import record_time
from billing.errors import NoOpenPeriod
from billing.models import TimeEntry
from billing.rules import capture
from engagements.rules import Terms


def terms_on(versions: Sequence[Terms], day: dt.date) -> Terms:
    """The terms of a day; before the first ones, the first. Raises NoOpenPeriod where none are agreed."""
    if not versions:
        raise NoOpenPeriod(_("No terms are agreed for this engagement yet. Agree them first."))
    return next((terms for terms in reversed(versions) if terms.starts_on <= day), versions[0])


def bill_together(actor: Actor, entry: TimeEntry, versions: Sequence[Terms]) -> None:
    """Round a day's work on a ticket as one with what was just written: the others' billed minutes follow this one's."""
    terms = terms_on(versions, entry.work_date)
    if terms.rounding_scope != "day_and_ticket" or entry.ticket_id is None:
        return
    bill_as_one(actor, entry.engagement_id, entry.ticket_id, entry.work_date, terms, told={entry.pk})
    entry.refresh_from_db(fields=["billed_minutes", "burn_minutes"])


def bill_those_left(actor: Actor, engagement_id: UUID, ticket_id: UUID | None, day: dt.date, versions: Sequence[Terms]) -> None:
    """Round what is left of a day's work on a ticket anew, where the terms round it as one."""
    terms = terms_on(versions, day)
    if terms.rounding_scope == "day_and_ticket" and ticket_id is not None:
        bill_as_one(actor, engagement_id, ticket_id, day, terms)


def bill_as_one(actor: Actor, engagement_id: UUID, ticket_id: UUID, day: dt.date, terms: Terms, *, told: Collection[UUID] = ()) -> None:
    """Round a day's work on a ticket together and share it out, for each kind by itself; what is closed stays as it is.

    The order is that in which hours are allocated, never that of the writes. Each entry that counts otherwise now is told of,
    but those `told` of already.
    """
    of_the_day = TimeEntry.objects.burning().worked().filter(engagement_id=engagement_id, ticket_id=ticket_id, work_date=day)
    in_order = of_the_day.order_by(F("started_at").asc(nulls_last=True), "person_id", "work_kind", "raw_seconds", "pk")
    for kind in TimeEntry.Kind.values:
        group = list(in_order.filter(kind=kind, period__closed_at=None))
        billed = capture.billed_together([entry.raw_seconds for entry in group], terms)
        for entry, minutes in zip(group, billed, strict=True):
            burn = capture.burn_under(terms, minutes, kind, entry.work_kind)
            if (entry.billed_minutes, entry.burn_minutes) != (minutes, burn):
                entry.billed_minutes, entry.burn_minutes, entry.updated_at = minutes, burn, timezone.now()
                entry.save(update_fields=["billed_minutes", "burn_minutes", "updated_at"])
                if entry.pk not in told:
                    record_time("time.changed", actor, entry)
