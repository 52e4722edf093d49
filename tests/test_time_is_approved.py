"""Time that waits for a yes: handed in by logging it, approved or sent back with a reason, mended and handed in anew."""

import datetime as dt
from dataclasses import replace
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from accounts import scope
from accounts.actors import StaffRole
from accounts.errors import Conflict, NotAllowed
from billing.actions import (
    Work,
    approve_time,
    change_entry,
    close_period,
    delete_entry,
    log_time,
    reject_time,
    restore_entry,
    submit_time,
    withdraw_time,
    work_of,
)
from billing.errors import Overlaps, PeriodClosed, TimeNotApproved
from billing.models import Period, TimeDecision, TimeEntry
from engagements.actions import Living, set_engagement
from events.models import Event, Notice
from tests import cast
from tests.cast import ARRANGING, actor, log
from tests.closing_cast import keep
from tests.racing import race
from tickets.actions import open_ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def approved_here(acorn):
    """Acorn's time is approved before it counts as agreed."""
    living = replace(Living.of(acorn.engagement), needs_approval=True)
    acorn.engagement = set_engagement(actor=ARRANGING, engagement=acorn.engagement, living=living)
    return acorn


def used(company):
    return Period.objects.get(pk=company.period.pk).used_minutes


def state_of(entry):
    return TimeEntry.objects.get(pk=entry.pk).state


def test_where_time_is_not_approved_it_is_approved_at_once(acorn, ines):
    assert log(ines, acorn, minutes=60).state == "approved"


def test_logged_time_waits_and_burns_at_once(approved_here, ines):
    entry = log(ines, approved_here, minutes=60)
    assert (entry.state, state_of(entry), used(approved_here)) == ("submitted", "submitted", 60)


def test_the_lead_approves_and_it_is_written_down(approved_here, ines, mara):
    entry = log(ines, approved_here, minutes=60)
    approve_time(actor=actor(mara), entries=[entry])
    assert (state_of(entry), used(approved_here)) == ("approved", 60)
    decision = entry.decisions.get()
    assert (decision.verdict, decision.person) == ("approved", mara)
    event = Event.objects.about(entry).get(kind="time.approved")
    assert (event.is_public, event.person) == (False, mara)


def test_what_is_sent_back_burns_nothing_and_its_person_is_told_why(approved_here, ines, mara, priya):
    entry = log(ines, approved_here, minutes=60)
    reject_time(actor=actor(mara), entries=[entry], reason="This was for Cobalt")
    assert (state_of(entry), used(approved_here)) == ("rejected", 0)
    notice = Notice.objects.get(person=ines, kind="time.rejected")
    assert notice.subject == "Acorn Mills: an entry of yours was sent back"
    assert notice.sentences[0] == "This was for Cobalt"
    assert not TimeEntry.objects.visible_to(actor(priya)).exists()


def test_many_sent_back_at_once_are_one_notice(approved_here, ines, mara):
    entries = [log(ines, approved_here, minutes=minutes) for minutes in (10, 20, 30)]
    reject_time(actor=actor(mara), entries=entries, reason="No note")
    assert [notice.subject for notice in Notice.objects.filter(person=ines)] == ["Acorn Mills: 3 entries of yours were sent back"]


def test_sent_back_it_is_mended_and_waits_anew(approved_here, ines, mara):
    entry = log(ines, approved_here, minutes=60)
    reject_time(actor=actor(mara), entries=[entry], reason="Too long")
    entry.refresh_from_db()
    changed = change_entry(actor=actor(ines), entry=entry, work=replace(work_of(entry), raw_seconds=1800))
    assert (changed.state, used(approved_here)) == ("submitted", 30)


def test_sent_back_it_may_also_be_handed_in_as_it_is_and_the_lead_is_told(approved_here, ines, mara):
    entry = log(ines, approved_here, minutes=60)
    reject_time(actor=actor(mara), entries=[entry], reason="Sure?")
    submit_time(actor=actor(ines), entries=[entry])
    assert (state_of(entry), used(approved_here)) == ("submitted", 60)
    assert Notice.objects.get(person=mara, kind="time.submitted").subject == "Acorn Mills: Ines Consultant handed an entry in"


def test_taken_back_it_is_a_draft_that_burns_on_and_is_shown_like_all_that_burns(approved_here, ines, priya):
    entry = log(ines, approved_here, minutes=60)
    withdraw_time(actor=actor(ines), entries=[entry])
    entry.refresh_from_db()
    assert (entry.state, used(approved_here)) == ("draft", 60)
    assert change_entry(actor=actor(ines), entry=entry, work=replace(work_of(entry), raw_seconds=1800)).state == "draft"
    assert used(approved_here) == 30
    with scope.portal(approved_here.client.pk):
        assert [each.burn_minutes for each in TimeEntry.objects.visible_to(actor(priya))] == [30]
    submit_time(actor=actor(ines), entries=[entry])
    assert (state_of(entry), used(approved_here)) == ("submitted", 30)


def test_a_day_rounded_as_one_is_rounded_without_what_was_sent_back_and_again_with_it(mara, ada):
    kept = keep(mara, rounding_scope="day_and_ticket", rounding_increment_minutes=30, rounding_mode="up")
    living = replace(Living.of(kept.engagement), needs_approval=True)
    set_engagement(actor=ARRANGING, engagement=kept.engagement, living=living)
    ticket = open_ticket(actor=ARRANGING, client=kept.client, engagement=kept.engagement, subject="Quotes", body="Wrong.", source="portal")
    one, other = (kept.use(1, 5, ticket=ticket) for _twice in range(2))
    assert kept.month(1).used_minutes == 30
    for entry in (one, other):
        reject_time(actor=actor(ada), entries=[entry], reason="Which of the two?")
        assert kept.month(1).used_minutes == 30
        submit_time(actor=actor(mara), entries=[entry])
        assert kept.month(1).used_minutes == 30
    reject_time(actor=actor(ada), entries=[one, other], reason="Neither")
    assert kept.month(1).used_minutes == 0


def test_what_was_approved_and_is_changed_by_its_person_waits_again_and_by_the_lead_it_does_not(approved_here, ines, mara):
    entry = log(ines, approved_here, minutes=60)
    approve_time(actor=actor(mara), entries=[entry])
    entry.refresh_from_db()
    less = replace(work_of(entry), raw_seconds=1800)
    assert change_entry(actor=actor(mara), entry=entry, work=less).state == "approved"
    assert change_entry(actor=actor(ines), entry=entry, work=less).state == "submitted"


def test_deleted_and_put_back_it_waits(approved_here, ines, mara):
    entry = log(ines, approved_here, minutes=60)
    approve_time(actor=actor(mara), entries=[entry])
    entry.refresh_from_db()
    kept = TimeEntry.objects.get(pk=entry.pk)
    delete_entry(actor=actor(ines), entry=entry)
    assert restore_entry(actor=actor(ines), entry=kept).state == "submitted"


def test_nobody_approves_their_own_time_but_an_admin(approved_here, mara, ada):
    own = log(mara, approved_here, minutes=60)
    with pytest.raises(NotAllowed, match="Somebody else approves your time"):
        approve_time(actor=actor(mara), entries=[own])
    of_the_admin = log(ada, approved_here, minutes=30)
    approve_time(actor=actor(ada), entries=[own, of_the_admin])
    assert {state_of(own), state_of(of_the_admin)} == {"approved"}


def test_neither_a_consultant_nor_the_lead_of_others_approves(approved_here, ines, firm):
    other = cast.make_staff("Lena Lead", StaffRole.LEAD)
    entry = log(other, approved_here, minutes=60)
    for person in (ines, other):
        with pytest.raises(NotAllowed):
            approve_time(actor=actor(person), entries=[entry])
        with pytest.raises(NotAllowed):
            reject_time(actor=actor(person), entries=[entry], reason="x")


def test_time_is_approved_all_or_none(approved_here, ines, mara):
    one, own = log(ines, approved_here, minutes=60), log(mara, approved_here, minutes=60)
    with pytest.raises(NotAllowed):
        approve_time(actor=actor(mara), entries=[one, own])
    assert state_of(one) == "submitted"


def test_a_reason_is_asked_for_and_the_database_asks_too(approved_here, ines, mara):
    entry = log(ines, approved_here, minutes=60)
    with pytest.raises(Conflict, match="Say what is wrong"):
        reject_time(actor=actor(mara), entries=[entry], reason="  ")
    with pytest.raises(IntegrityError, match="time_is_sent_back_with_a_reason"), transaction.atomic():
        TimeDecision.objects.create(client=approved_here.client, entry=entry, verdict="rejected")


def test_what_does_not_wait_is_not_approved_twice(approved_here, ines, mara):
    entry = log(ines, approved_here, minutes=60)
    approve_time(actor=actor(mara), entries=[entry])
    with pytest.raises(Conflict, match="is approved: it cannot be approved"):
        approve_time(actor=actor(mara), entries=[entry])


def test_in_a_closed_period_nothing_is_decided(firm, ines):
    birch = cast.make_company("Birch Labs", "BIR", starts_on=dt.date(2026, 1, 1))
    set_engagement(actor=ARRANGING, engagement=birch.engagement, living=replace(Living.of(birch.engagement), needs_approval=True))
    work = Work(service_area="reporting", raw_seconds=3600, work_date=dt.date(2026, 1, 5))
    entry = log_time(actor=ARRANGING, engagement=birch.engagement, person=ines, work=work)
    with pytest.raises(TimeNotApproved), transaction.atomic():
        close_period(actor=ARRANGING, period=entry.period)
    close_period(actor=ARRANGING, period=entry.period, override_reason="Ines is away")
    for decide in (approve_time, withdraw_time):
        with pytest.raises(PeriodClosed):
            decide(actor=ARRANGING, entries=[entry])


def test_sent_back_time_gives_its_hours_of_the_day_free_and_clashes_when_handed_in_again(approved_here, ines, mara):
    entry = log(ines, approved_here, minutes=60)
    work = replace(work_of(entry), raw_seconds=None, work_date=None)
    ended = entry.created_at
    work = replace(work, started_at=ended.replace(hour=0, minute=0), ended_at=ended.replace(hour=0, minute=30))
    entry = change_entry(actor=actor(ines), entry=entry, work=work)
    reject_time(actor=actor(mara), entries=[entry], reason="Wrong client")
    other = log(ines, approved_here, minutes=1)
    change_entry(actor=actor(ines), entry=other, work=work)
    with pytest.raises(Overlaps):
        submit_time(actor=actor(ines), entries=[entry])


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_is_refused(approved_here, ines, mara, ada):
    entry = log(ines, approved_here, minutes=60)
    deciders = [actor(mara), actor(ada)]
    found = race([(who, partial(approve_time, actor=who, entries=[entry])) for who in deciders])
    assert sorted(type(each).__name__ for each in found) == ["Conflict", "list"]
    assert entry.decisions.count() == 1
