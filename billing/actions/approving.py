"""Time handed in, approved or sent back: per engagement, by its lead or an admin, and never by whoever worked unless an admin."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actors import Actor
from accounts.errors import Conflict, NotAllowed
from accounts.models import Person
from billing import policies
from billing.actions.projecting import project_open_periods
from billing.actions.recording import record_time
from billing.actions.rounding import bill_those_left
from billing.errors import CorrectionStands, Overlaps, PeriodClosed
from billing.models import TimeDecision, TimeEntry
from billing.models.ledger_rows import versions_of
from engagements.models import Engagement
from events.actions import Telling, tell
from events.models import Event
from figures.text import hours

State = TimeEntry.State
Verdict = TimeDecision.Verdict


@transaction.atomic
def submit_time(*, actor: Actor, entries: Iterable[TimeEntry]) -> list[TimeEntry]:
    """Hand drafts and what was sent back in anew, all or none. Raises NotAllowed, PeriodClosed, Conflict."""
    return _decide(actor, entries, Verdict.SUBMITTED, {State.DRAFT, State.REJECTED})


@transaction.atomic
def withdraw_time(*, actor: Actor, entries: Iterable[TimeEntry]) -> list[TimeEntry]:
    """Take back what waits for approval, all or none; a draft burns as it did. Raises as `submit_time`."""
    return _decide(actor, entries, Verdict.WITHDRAWN, {State.SUBMITTED})


@transaction.atomic
def approve_time(*, actor: Actor, entries: Iterable[TimeEntry]) -> list[TimeEntry]:
    """Say yes to time that waits, all or none. Raises NotAllowed, PeriodClosed, and Conflict for what does not wait."""
    return _decide(actor, entries, Verdict.APPROVED, {State.SUBMITTED})


@transaction.atomic
def reject_time(*, actor: Actor, entries: Iterable[TimeEntry], reason: str) -> list[TimeEntry]:
    """Send time back with a reason, all or none: it burns nothing until it is said anew and handed in. Raises as `approve_time`."""
    if not reason.strip():
        raise Conflict(_("Say what is wrong, so that it can be mended."), field="reason")
    return _decide(actor, entries, Verdict.REJECTED, {State.SUBMITTED, State.APPROVED}, reason.strip()[:500])


def settle_waiting(*, actor: Actor, engagement: Engagement) -> int:
    """Approve what waits on an engagement and its projects once nobody need approve it any more; how many. Call it under its lock."""
    of_it = Q(engagement=engagement) | Q(engagement__draws_on=engagement)
    waiting = TimeEntry.objects.filter(of_it, period__closed_at=None).awaiting_decision()
    return len([_write(actor, entry, Verdict.APPROVED, "") for entry in waiting.order_by("pk")])


STATES = {
    Verdict.SUBMITTED: State.SUBMITTED,
    Verdict.WITHDRAWN: State.DRAFT,
    Verdict.APPROVED: State.APPROVED,
    Verdict.REJECTED: State.REJECTED,
}
TOLD_AS = {
    Verdict.SUBMITTED: "time.submitted",
    Verdict.WITHDRAWN: "time.withdrawn",
    Verdict.APPROVED: "time.approved",
    Verdict.REJECTED: "time.rejected",
}
BURNS = {State.DRAFT, State.SUBMITTED, State.APPROVED}


def _decide(
    actor: Actor, entries: Iterable[TimeEntry], verdict: TimeDecision.Verdict, allowed: set[State], reason: str = ""
) -> list[TimeEntry]:
    """One way for all four: the retainers' locks by id, the check of every entry, the writes, the balances, the telling."""
    wanted = {entry.pk for entry in entries}
    retainers = _locked(wanted)
    found = list(
        TimeEntry.objects.filter(pk__in=wanted).select_related("period", "engagement__lead", "client", "person", "ticket").order_by("pk")
    )
    refuse = _refuse_to_judge if verdict in {Verdict.APPROVED, Verdict.REJECTED} else _refuse_others_time
    for entry in found:
        refuse(actor, entry)
        _refuse_state(entry, verdict, allowed)
    burning_changes = {entry.period.engagement_id for entry in found if (entry.state in BURNS) != (STATES[verdict] in BURNS)}
    events = [_write(actor, entry, verdict, reason) for entry in found]
    for retainer in retainers:
        if retainer.pk in burning_changes:
            _count_anew(actor, retainer, [entry for entry in found if entry.period.engagement_id == retainer.pk])
    if verdict in {Verdict.REJECTED, Verdict.SUBMITTED}:
        _tell_whom_it_concerns(found, events, verdict, reason)
    return found


def _count_anew(actor: Actor, retainer: Engagement, entries: Sequence[TimeEntry]) -> None:
    """What is rounded as one with the rest of its day is rounded without what was sent back, and again with what is handed in."""
    versions = versions_of(retainer)
    for engagement, ticket, day in {(entry.engagement_id, entry.ticket_id, entry.work_date) for entry in entries}:
        bill_those_left(actor, engagement, ticket, day, versions)
    project_open_periods(retainer, actor=actor, versions=versions)


def _locked(entries: set[UUID]) -> list[Engagement]:
    of_them = TimeEntry.objects.filter(pk__in=entries).values("period__engagement")  # a pool's, where the work was on a project
    return list(Engagement.objects.filter(pk__in=of_them).order_by("pk").select_for_update(no_key=True))


def _refuse_others_time(actor: Actor, entry: TimeEntry) -> None:
    if not policies.may_change_entry(actor, entry):
        raise NotAllowed(_("You hand in your own time; leads hand in everybody's."))


def _refuse_to_judge(actor: Actor, entry: TimeEntry) -> None:
    if not policies.may_approve_time(actor, entry.engagement, entry.person_id):
        own = entry.person_id == actor.person_id
        raise NotAllowed(_("Somebody else approves your time.") if own else _("The lead of the engagement and admins approve its time."))


def _refuse_state(entry: TimeEntry, verdict: TimeDecision.Verdict, allowed: set[State]) -> None:
    if entry.corrects_id is not None:
        raise CorrectionStands(_("A correction stands. Log the time again if it was right after all."))
    if entry.period.closed_at is not None:
        raise PeriodClosed(_("Its period is closed and never changes."))
    if entry.state not in allowed:
        facts = {"day": date_format(entry.work_date, "j F"), "state": entry.get_state_display(), "verdict": verdict.label}
        raise Conflict(_("The time of %(day)s is %(state)s: it cannot be %(verdict)s.") % facts, entry=str(entry.pk))


def _write(actor: Actor, entry: TimeEntry, verdict: TimeDecision.Verdict, reason: str) -> Event:
    was_shown = entry.is_shown_to_clients
    entry.state, entry.updated_at = STATES[verdict], timezone.now()
    try:
        with transaction.atomic():
            entry.save(update_fields=["state", "updated_at"])
    except IntegrityError as error:
        if "entries_of_a_person_never_overlap" in str(error):
            raise Overlaps(
                _("Something else was logged at that time meanwhile. Change one of the two first."), entry=str(entry.pk)
            ) from error
        raise
    TimeDecision.objects.create(client_id=entry.client_id, entry=entry, verdict=verdict, reason=reason, person_id=actor.person_id)
    return record_time(TOLD_AS[verdict], actor, entry, was_shown=was_shown, is_public=False)


def _tell_whom_it_concerns(entries: Sequence[TimeEntry], events: Sequence[Event], verdict: TimeDecision.Verdict, reason: str) -> None:
    """What was sent back is told to whoever worked, what was handed in anew to whoever leads; one notice a person and client."""
    heaps: dict[tuple[UUID, UUID], list[tuple[TimeEntry, Event]]] = defaultdict(list)
    for entry, event in zip(entries, events, strict=True):
        reader = entry.person if verdict == Verdict.REJECTED else entry.engagement.lead
        if reader is not None:
            heaps[entry.client_id, reader.pk].append((entry, event))
    for heap in heaps.values():
        about, event = heap[0]
        reader = about.person if verdict == Verdict.REJECTED else about.engagement.lead
        if reader is not None:
            tell(event, [reader], about=about, compose=_composer([entry for entry, _event in heap], verdict, reason))


def _composer(entries: Sequence[TimeEntry], verdict: TimeDecision.Verdict, reason: str) -> Callable[[Person], Telling]:
    def compose(_reader: Person) -> Telling:
        count, named = len(entries), {"client": entries[0].client.name, "who": entries[0].person.name, "n": len(entries)}
        if verdict == Verdict.REJECTED:
            words = ngettext("%(client)s: an entry of yours was sent back", "%(client)s: %(n)d entries of yours were sent back", count)
            sentences: tuple[str, ...] = (reason, _("Change it and it is handed in anew. Until then it counts nowhere."))
        else:
            words = ngettext("%(client)s: %(who)s handed an entry in", "%(client)s: %(who)s handed %(n)d entries in", count)
            sentences = (_("They wait for approval."),)
        facts = tuple((date_format(entry.work_date, "j F"), hours(entry.billed_minutes)) for entry in entries[:10])
        return Telling(words % named, sentences, facts)

    return compose
