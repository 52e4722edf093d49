"""Closed time taken back: the entry stands, a negative one in the open period names it and gives its minutes back."""

from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.errors import Conflict
from billing.actions.charging import charge
from billing.errors import NoOpenPeriod
from billing.models import Charge, Correction, Lot, Period, Posting, TimeEntry
from billing.models.over import unauthorised_left
from billing.rules import capture
from billing.rules.charges import overage_amount
from billing.rules.movements import GivenBack, give_back
from engagements.models import Engagement
from engagements.rules import Terms
from events.actions import record
from figures.currencies import places_of

TAKEN_BACK = ("raw_seconds", "billed_minutes", "burn_minutes")


def raw_seconds_left(entry: TimeEntry) -> int:
    """What corrections have left of an entry."""
    return _left(entry)["raw_seconds"]


def take_back_closed(*, actor: Actor, retainer: Engagement, entry: TimeEntry, left_seconds: int, terms: Terms, note: str = "") -> TimeEntry:
    """Leave only so many seconds of an entry in a closed period. Call it under the lock on the retainer, and project after it.

    What was covered or borrowed comes back as a lot of the open period, what was billed as a credit at its rate; unauthorised and
    absorbed minutes are fewer. The correction takes the `note`, else that of the entry. Raises Conflict where nothing is left to take
    back, and NoOpenPeriod.
    """
    had = _left(entry)
    if had["raw_seconds"] <= left_seconds:
        raise Conflict(_("Nothing is left of it: it was taken back already."))
    period = retainer.periods.of_the_promise().open().order_by("starts_on").first()
    if period is None:
        raise NoOpenPeriod(_("No period is open any more that could take the correction. Open the last one again."))
    billed, burn = _counted(entry, left_seconds, had, terms)
    less = (left_seconds - had["raw_seconds"], billed - had["billed_minutes"], burn - had["burn_minutes"])
    correction = _write(entry, period, dict(zip(TAKEN_BACK, less, strict=True)), note)
    already = entry.burn_minutes - had["burn_minutes"]
    rows = [posting.as_coverage() for posting in Posting.objects.standing().filter(entry=entry).drawn()]
    back = give_back(rows, -correction.burn_minutes, already=already)
    lot = _give(retainer, period, back.adjustment_minutes, actor)
    rate = next((row.rate for row in rows if row.kind in {"overage", "unauthorised"}), None)
    paid = _paid_since(entry.period, rate, back.unauthorised_minutes)
    back = back._replace(credit_minutes=back.credit_minutes + paid, unauthorised_minutes=back.unauthorised_minutes - paid)
    if back.credit_minutes:
        _credit(actor, correction, rate, back.credit_minutes)
    _note(correction, entry.period, lot, back)
    record(
        "time.corrected",
        actor=actor,
        about=correction,
        is_public=entry.kind != TimeEntry.Kind.INTERNAL,
        corrects=str(entry.pk),
        minutes=correction.billed_minutes,
        work_date=correction.work_date.isoformat(),
        ticket=str(entry.ticket_id or ""),
        engagement=str(entry.engagement_id),
    )
    return correction


def _left(entry: TimeEntry) -> dict[str, int]:
    taken = entry.corrections.aggregate(**{name: Sum(name, default=0) for name in TAKEN_BACK})
    return {name: getattr(entry, name) + taken[name] for name in TAKEN_BACK}


def _counted(entry: TimeEntry, left_seconds: int, had: dict[str, int], terms: Terms) -> tuple[int, int]:
    """What is left in billed and burned minutes; of a day's work rounded as one, as much less as the whole day is."""
    if terms.rounding_scope == "day_and_ticket" and entry.ticket_id is not None:
        billed = had["billed_minutes"] - _less_of_the_day(entry, left_seconds, terms)
    else:
        billed = capture.billed_minutes(left_seconds, terms)
    billed = min(max(billed, 0), had["billed_minutes"])
    burn = capture.burn_under(terms, billed, entry.kind, entry.work_kind)
    return billed, min(burn, had["burn_minutes"])


def _less_of_the_day(entry: TimeEntry, left_seconds: int, terms: Terms) -> int:
    beside = (
        TimeEntry.objects.burning()
        .worked()
        .filter(period=entry.period_id, ticket=entry.ticket_id, work_date=entry.work_date, kind=entry.kind)
    )
    others = [seconds for each in beside.exclude(pk=entry.pk) if (seconds := raw_seconds_left(each))]
    before = sum(capture.billed_together([*others, raw_seconds_left(entry)], terms))
    return before - sum(capture.billed_together([*others, left_seconds] if left_seconds else others, terms))


def _write(entry: TimeEntry, period: Period, less: dict[str, int], note: str) -> TimeEntry:
    return TimeEntry.objects.create(
        client_id=entry.client_id,
        engagement_id=entry.engagement_id,
        period=period,
        person_id=entry.person_id,
        ticket_id=entry.ticket_id,
        system_id=entry.system_id,
        service_area=entry.service_area,
        kind=entry.kind,
        work_kind=entry.work_kind,
        work_date=entry.work_date,
        zone=entry.zone,
        rate=entry.rate,
        note=note or entry.note,
        is_late=True,
        corrects=entry,
        **less,
    )


def _give(retainer: Engagement, period: Period, minutes: int, actor: Actor) -> Lot | None:
    """The hours that come back, usable to the end of the open period."""
    if not minutes:
        return None
    return Lot.objects.create(
        client_id=retainer.client_id,
        engagement=retainer,
        kind=Lot.Kind.ADJUSTMENT,
        minutes=minutes,
        usable_from=period.starts_on,
        usable_until=period.ends_on,
        reason=str(_("Correction of a closed period")),
        given_by_id=actor.person_id,
    )


def _paid_since(closed: Period, rate: Decimal | None, minutes: int) -> int:
    """How many of these minutes, not authorised at the close, were authorised and charged after it."""
    return max(0, minutes - unauthorised_left(closed).get(rate, 0)) if minutes else 0


def _credit(actor: Actor, correction: TimeEntry, rate: Decimal | None, minutes: int) -> None:
    """A credit at the original rate: what the period's line of that rate is now less, so that credits never exceed what was billed."""
    if rate is None or correction.corrects is None:
        return
    closed = correction.corrects.period
    billed = Posting.objects.standing().filter(period=closed, kind=Posting.Kind.OVERAGE, rate=rate).drawn().in_all()
    credited = Charge.objects.filter(kind=Charge.Kind.CREDIT, concerns=closed, rate=rate).aggregate(all=Sum("minutes", default=0))["all"]
    charged = Charge.objects.filter(kind=Charge.Kind.OVERAGE, concerns=closed, rate=rate).aggregate(all=Sum("minutes", default=0))["all"]
    rest, places = billed + charged - credited, places_of(closed.engagement.currency)
    charge(
        actor=actor,
        engagement=closed.engagement,
        kind=Charge.Kind.CREDIT,
        amount=overage_amount(rest - minutes, rate, places) - overage_amount(rest, rate, places),
        incurred_on=correction.work_date,
        period=correction.period,
        concerns=closed,
        minutes=minutes,
        rate=rate,
        entry=correction,
    )


def _note(correction: TimeEntry, closed: Period, lot: Lot | None, back: GivenBack) -> None:
    Correction.objects.create(
        client_id=correction.client_id,
        entry=correction,
        concerns=closed,
        lot=lot,
        adjustment_minutes=back.adjustment_minutes,
        credit_minutes=back.credit_minutes,
        unauthorised_minutes=back.unauthorised_minutes,
        absorbed_minutes=back.absorbed_minutes,
    )
