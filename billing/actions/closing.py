"""A period brought to its end: previewed, closed once, frozen as postings and a statement; and the last one opened again."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actors import Actor
from accounts.errors import Conflict, NotAllowed
from billing import policies
from billing.actions.charging import charge_close, take_back_charges
from billing.actions.periods import open_periods_of
from billing.actions.projecting import TOTALS, project_open_periods
from billing.actions.recording import move_to_period
from billing.actions.rounding import bill_those_left
from billing.errors import EarlierPeriodOpen, PeriodClosed, PeriodNotOver, TimeNotApproved
from billing.models import AuthorisationUse, Charge, Lot, Period, Posting, Statement, TimeDecision, TimeEntry
from billing.models.ledger import ProjectedPeriod, ledger_of
from billing.models.ledger_rows import versions_of
from billing.models.statement import document_of_period
from billing.rules.projection import Projection, uses_of
from billing.rules.statement import ENGINE, Document, digest_of
from engagements.models import Engagement
from events.actions import record

LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Preview:
    """What a period would be if it closed now, and the sentences of what stands in the way. A reason overrides time not approved."""

    period: Period
    projection: Projection
    document: Document
    unapproved: int
    obstacles: tuple[str, ...]

    @property
    def may_close(self) -> bool:
        return not self.obstacles and not self.unapproved


def preview_close(retainer: Engagement, period: Period) -> Preview:
    """The statement that a close would make now, and what stands in its way. Changes nothing. Raises PeriodClosed."""
    found = next((each for each in ledger_of(retainer) if each.period.pk == period.pk), None)
    if found is None:
        raise PeriodClosed(_("The period is closed already. Its statement says what it came to."))
    obstacles = [str(error) for error in (_earlier(period), _not_over(retainer, period)) if error]
    return Preview(period, found.projection, document_of_period(retainer, found), _unapproved(period), tuple(obstacles))


@transaction.atomic
def close_period(*, actor: Actor, period: Period, override_reason: str = "") -> Statement:
    """Freeze a period whose days are over: its totals, its postings, its statement. Closing it twice gives the same statement.

    Raises NotAllowed, PeriodNotOver, EarlierPeriodOpen (periods close in order), and TimeNotApproved unless a reason overrides it.
    """
    if not policies.may_close_periods(actor):
        raise NotAllowed(_("Only admins and leads close a period."))
    retainer = Engagement.objects.select_for_update(no_key=True, of=("self",)).select_related("client").get(pk=period.engagement_id)
    standing = retainer.periods.get(pk=period.pk)
    if standing.is_history:
        raise Conflict(_("This month holds imported history. It was never open."))
    if standing.closed_at is not None:
        return standing.statements.standing().get()
    for error in (_earlier(standing), _not_over(retainer, standing)):
        if error is not None:
            raise error
    reason = _overriding(standing, override_reason)
    if not _is_last(retainer, standing):
        open_periods_of(actor=actor, engagement=retainer, until=standing.ends_on)
    _hand_on_sent_back(actor, retainer, standing)
    found = ledger_of(retainer)[0]
    statement = _freeze(actor, retainer, found, reason)
    record("period.closed", actor=actor, about=standing, statement=str(statement.pk), overridden=bool(reason))
    project_open_periods(retainer, actor=actor)
    return statement


def _hand_on_sent_back(actor: Actor, retainer: Engagement, period: Period) -> None:
    """What was sent back and waits to be said anew goes on to the follower, where it can be; after the last period nothing can."""
    follower = retainer.periods.of_the_promise().open().filter(starts_on__gt=period.starts_on).order_by("starts_on").first()
    if follower is not None:
        waiting = TimeEntry.objects.sent_back().filter(period=period)
        move_to_period(actor, waiting.filter(Q(postings=None) | Q(decisions__verdict=TimeDecision.Verdict.REJECTED)), follower)


def _earlier(period: Period) -> EarlierPeriodOpen | None:
    first = Period.objects.of_the_promise().open().filter(engagement=period.engagement_id, starts_on__lt=period.starts_on)
    earlier = first.order_by("starts_on").first()
    if earlier is None:
        return None
    return EarlierPeriodOpen(
        _("Periods close in order. Close the one of %(day)s first.") % {"day": earlier.starts_on}, period=str(earlier.pk)
    )


def _not_over(retainer: Engagement, period: Period) -> PeriodNotOver | None:
    if period.ends_on <= timezone.localdate(timezone=ZoneInfo(retainer.client.time_zone)):
        return None
    return PeriodNotOver(_("The period runs until %(day)s. Close it after that day.") % {"day": period.last_day})


def _unapproved(period: Period) -> int:
    return TimeEntry.objects.filter(period=period).awaiting_approval().count()


def _overriding(period: Period, reason: str) -> str:
    """The reason, where one was needed. Raises TimeNotApproved."""
    waiting = _unapproved(period)
    if waiting and not reason.strip():
        raise TimeNotApproved(
            ngettext(
                "%(count)s entry waits for approval. Approve it, or say why the period closes without.",
                "%(count)s entries wait for approval. Approve them, or say why the period closes without.",
                waiting,
            )
            % {"count": waiting},
            field="override_reason",
            entries=waiting,
        )
    return reason.strip()[:LONGEST_REASON] if waiting else ""


def _is_last(retainer: Engagement, period: Period) -> bool:
    return retainer.ends_on is not None and retainer.ends_on <= period.ends_on


def _freeze(actor: Actor, retainer: Engagement, found: ProjectedPeriod, reason: str) -> Statement:
    """Postings, lots and statement first, then the period, from when on the database refuses every change; last what it charges."""
    period, projection = found.period, found.projection
    Posting.objects.bulk_create(_postings(period, projection))
    _carry_lots(found)
    document = document_of_period(retainer, found)
    latest = retainer.statements.aggregate(number=Max("number"))["number"] or 0
    statement = Statement.objects.create(
        client_id=period.client_id,
        engagement=retainer,
        period=period,
        number=latest + 1,
        document=document,
        digest=digest_of(document),
        engine=ENGINE,
        override_reason=reason,
        made_by_id=actor.person_id,
    )
    AuthorisationUse.objects.bulk_create(
        AuthorisationUse(client_id=period.client_id, statement=statement, authorisation_id=given, minutes=use.minutes, rated=use.rated)
        for given, use in uses_of(projection).items()
    )
    Period.objects.filter(pk=period.pk).update(
        **{name: getattr(projection, name) for name in TOTALS},
        next_grant_minutes=projection.period.next_grant_minutes,
        is_last=projection.period.is_last,
        closed_at=timezone.now(),
        closed_by_id=actor.person_id,
    )
    charge_close(actor=actor, statement=statement)
    return statement


def _postings(period: Period, projection: Projection) -> list[Posting]:
    return [
        Posting(
            client_id=period.client_id,
            period=period,
            kind=posting.kind,
            minutes=posting.minutes,
            lot_id=posting.lot_id,
            entry_id=posting.entry_id,
            rate=posting.rate,
        )
        for posting in projection.postings()
    ]


def _carry_lots(found: ProjectedPeriod) -> None:
    """Each lot of the period takes what is left of it along; one without anything left is spent."""
    rows = {lot.pk: lot for lot in found.lots}
    for state in found.projection.lots:
        lot = rows[state.lot.id]  # type: ignore[index]  # the ids of our rows are UUIDs
        if lot.carried_minutes is None:
            lot.period = found.period
        lot.carried_minutes, lot.is_spent = state.closing_minutes, not state.closing_minutes
    Lot.objects.bulk_update(rows.values(), ["period", "carried_minutes", "is_spent"])


@transaction.atomic
def reopen_period(*, actor: Actor, period: Period, reason: str) -> Period:
    """Open the period that closed last once more; its postings and charges are taken back, its statement is kept as superseded.

    Late time of its days, posted elsewhere meanwhile, comes back to it.

    Raises NotAllowed, and Conflict where it was not the last to close, its statement was sent, or no reason is given.
    """
    if not policies.may_reopen_periods(actor):
        raise NotAllowed(_("Only admins open a closed period again."))
    if not reason.strip():
        raise Conflict(_("Say why the period is opened again. The reason stays with its statement."), field="reason")
    retainer = Engagement.objects.select_for_update(no_key=True).get(pk=period.engagement_id)
    standing = retainer.periods.of_the_promise().get(pk=period.pk)
    statement = _refuse_reopening(retainer, standing)
    Statement.objects.filter(pk=statement.pk).update(
        superseded_at=timezone.now(), superseded_by_id=actor.person_id, superseded_reason=reason.strip()[:LONGEST_REASON]
    )
    Period.objects.filter(pk=standing.pk).update(closed_at=None, closed_by=None, proposed_at=None, next_grant_minutes=None, is_last=False)
    _post_back(standing)
    take_back_charges(actor=actor, statement=statement)
    came_back = _bring_late_time_back(actor, retainer, standing)
    record("period.reopened", actor=actor, about=standing, statement=str(statement.pk), late_entries=came_back)
    project_open_periods(retainer, actor=actor)
    standing.refresh_from_db()
    return standing


def _bring_late_time_back(actor: Actor, retainer: Engagement, period: Period) -> int:
    """Time of its days that was posted into a later period, because this one was closed, is of its own days again; how much."""
    of_its_days = TimeEntry.objects.filter(work_date__gte=period.starts_on, work_date__lt=period.ends_on)
    late = list(of_its_days.filter(period__in=retainer.periods.of_the_promise().open().exclude(pk=period.pk), is_late=True))
    TimeEntry.objects.filter(pk__in=[entry.pk for entry in late]).update(period=period, is_late=False, updated_at=timezone.now())
    versions = versions_of(retainer)
    for engagement, ticket, day in {(entry.engagement_id, entry.ticket_id, entry.work_date) for entry in late}:
        bill_those_left(actor, engagement, ticket, day, versions)
    return len(late)


def _refuse_reopening(retainer: Engagement, period: Period) -> Statement:
    if period.closed_at is None:
        raise Conflict(_("The period is open already."))
    if retainer.periods.of_the_promise().closed().filter(starts_on__gt=period.starts_on).exists():
        raise Conflict(_("A later period is closed. Only the one that closed last can be opened again."))
    statement = period.statements.standing().get()
    if statement.sent_at is not None:
        raise Conflict(_("Its statement was sent. Correct what is wrong in the open period instead."))
    if period.corrections.exists() or Charge.objects.filter(concerns=period).exists():
        raise Conflict(_("It was corrected or charged since, in the open period. Go on there."))
    return statement


def _post_back(period: Period) -> None:
    """Turn the sign of every posting that stands, and give the lots back what they held before the close."""
    standing = list(period.postings.standing().order_by("pk"))
    Posting.objects.bulk_create(
        Posting(
            client_id=posting.client_id,
            period=period,
            lot_id=posting.lot_id,
            entry_id=posting.entry_id,
            kind=posting.kind,
            minutes=-posting.minutes,
            rate=posting.rate,
            reverses=posting,
        )
        for posting in standing
    )
    new = Lot.objects.filter(period=period)
    new.update(carried_minutes=None, is_spent=False)
    new.exclude(kind=Lot.Kind.GRANT).update(period=None)
    for posting in standing:
        if posting.kind == Posting.Kind.OPENING and posting.lot_id is not None:
            Lot.objects.filter(pk=posting.lot_id).update(carried_minutes=posting.minutes, is_spent=False)
