"""Where imported time goes: whose it is, which ticket and person, into which hours, and who sees it."""

import datetime as dt
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.utils import timezone

from accounts import scope
from accounts.models import Person
from billing.actions import close_period
from billing.actions.importing.texts import code_for, key_of
from billing.models import BurnAlert, Period, TimeEntry
from billing.models.ledger import balance_of
from engagements.actions import agree_terms
from engagements.models import Engagement
from engagements.rules import Terms
from events.models import Notice
from tests import cast
from tests.import_cast import (
    HEADER,
    assert_history_foots,
    line,
    run_in,
)
from tickets.models import Ticket
from tickets.rules import REOPEN_WITHIN

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("firm")]


@pytest.fixture
def run(tmp_path):
    return partial(run_in, tmp_path)


def test_history_is_closed_absorbed_and_told_to_nobody(run, ada):
    run()
    assert_history_foots()
    assert not BurnAlert.objects.exists()
    assert not Notice.objects.exists()
    engagement = Engagement.objects.filter(is_imported=True, client__code="NORTHMIL").get()
    assert engagement.starts_on == dt.date(2019, 3, 1)
    assert balance_of(engagement, today=timezone.localdate()) is None


def test_those_who_worked_are_known_but_sign_in_nowhere_and_get_no_new_work(run):
    run()
    joerg = Person.objects.get(import_key="shop:J\u00f6rg")
    assert not hasattr(joerg, "user")
    assert joerg not in Person.objects.of_the_firm()


def test_the_mail_address_of_a_colleague_is_that_colleague(run, ada):
    run(HEADER + "1,north-mill,Ada@Northfold.example,T1,Care,1,2019-01-02,,\n")
    assert TimeEntry.objects.get().person == ada


def test_imported_tickets_end_on_their_day_or_on_that_of_their_last_work(run):
    run(
        HEADER
        + line(1, "2019-01-02", 1, task="A")
        + line(2, "2019-01-05", 1, task="A")
        + line(3, "2019-01-03", 1, task="B", done="2019-02-01")
    )
    ended = dict(Ticket.objects.values_list("import_key", "closed_at"))
    assert ended == {"shop:A": dt.datetime(2019, 1, 5, 11, tzinfo=dt.UTC), "shop:B": dt.datetime(2019, 2, 1, 11, tzinfo=dt.UTC)}
    assert set(Ticket.objects.values_list("unanswered_since", "last_message_at", "source")) == {(None, None, "import")}


def test_a_later_batch_moves_the_end_of_a_ticket_to_its_last_work(run):
    run(HEADER + line(1, "2019-01-02", 1) + line(2, "2019-01-05", 1) + line(3, "2019-01-04", 1), rows_in_a_batch=1)
    assert Ticket.objects.get().closed_at == dt.datetime(2019, 1, 5, 11, tzinfo=dt.UTC)


@pytest.mark.parametrize("said", ["waiting_on_client", "awaiting_approval", "scheduled", "open"])
def test_a_state_that_needs_more_than_a_file_has_is_open(run, said):
    run(HEADER + f"1,north-mill,Ada,T1,Care,1,2019-01-02,,{said}\n")
    assert (Ticket.objects.get().state, Ticket.objects.get().resolved_at) == ("open", None)


def test_what_was_solved_lately_can_still_be_reopened(run):
    lately = timezone.localdate() - timedelta(days=3)
    long_ago = timezone.localdate() - REOPEN_WITHIN - timedelta(days=2)
    run(HEADER + f"1,mill,Ada,T1,Care,1,{lately},,resolved\n" + f"2,mill,Ada,T2,Care,1,{long_ago},,resolved\n")
    assert list(Ticket.objects.order_by("number").values_list("state", flat=True)) == ["resolved", "closed"]


def test_time_that_a_running_retainer_covers_burns_it_and_alerts(run, acorn, ada):
    today = timezone.localdate()
    imported = run(HEADER + line(1, today, 8.5))
    acorn.period.refresh_from_db()
    assert (imported.clients, imported.engagements, imported.tickets) == (0, 0, 1)
    assert acorn.period.used_minutes == 510
    assert BurnAlert.objects.told().get().percent == 80
    assert not Period.objects.filter(is_history=True).exists()


def test_time_from_before_the_retainer_is_history_of_an_engagement_beside_it(run, acorn):
    run(HEADER + line(1, "2019-01-02", 8.5))
    entry = TimeEntry.objects.get()
    acorn.period.refresh_from_db()
    assert entry.client == acorn.client
    assert entry.period.is_history
    assert entry.engagement != acorn.engagement
    assert acorn.period.used_minutes == 0


def test_time_of_a_closed_period_goes_to_the_earliest_open_one_as_late(run, firm):
    begun = cast.month_of(cast.month_of(timezone.localdate()) - timedelta(days=1))
    company = cast.make_company("Birch Lane", "BIR", starts_on=begun)
    first = company.engagement.periods.order_by("starts_on").first()
    assert first is not None
    close_period(actor=cast.ARRANGING, period=first)
    run(HEADER + line(1, begun, 1, firm="bir"))
    entry = TimeEntry.objects.get()
    assert (entry.period, entry.is_late) == (company.period, True)


def test_time_that_no_open_period_can_take_is_listed(run, firm):
    ended = cast.month_of(timezone.localdate())
    begun = cast.month_of(ended - timedelta(days=1))
    engagement = cast.make_company("Birch Lane", "BIR", starts_on=begun).engagement
    engagement.lots.filter(usable_from__gte=ended).delete()
    engagement.periods.filter(starts_on__gte=ended).delete()
    engagement.ends_on = ended
    engagement.save()
    close_period(actor=cast.ARRANGING, period=engagement.periods.get())
    imported = run(HEADER + line(1, begun, 1, firm="bir"))
    assert (imported.listed, imported.seconds_listed, imported.entries) == (1, 3600, 0)


def test_terms_on_an_imported_engagement_begin_its_promise_and_later_imports_go_there(run):
    today = timezone.localdate()
    run(HEADER + line(1, today, 1, firm="north-mill"))
    engagement = Engagement.objects.get()
    terms = Terms(starts_on=cast.month_of(today), included_minutes=600, fee=Decimal(0), overage="absorb")
    agree_terms(actor=cast.ARRANGING, engagement=engagement, terms=terms)
    run(HEADER + line(1, today, 1, firm="north-mill") + line(2, today, 2, firm="north-mill") + line(3, "2019-01-02", 4, firm="north-mill"))
    posted = dict(TimeEntry.objects.values_list("import_key", "period__is_history"))
    assert posted == {"shop:1": True, "shop:2": False, "shop:3": True}
    balance = balance_of(engagement, today=today)
    assert balance is not None
    assert (balance.used_minutes, balance.capacity_minutes) == (120, 600)
    assert_history_foots()


def test_a_client_sees_its_own_imported_time_and_no_other(run, acorn, cobalt, priya, nadia):
    run(HEADER + line(1, "2019-01-02", 1) + line(2, "2019-01-02", 2, firm="CBF"))
    for person, company, seconds in ((priya, acorn, 3600), (nadia, cobalt, 7200)):
        actor = cast.actor(person, company)
        with scope.portal(company.client.pk, actor):
            assert [entry.raw_seconds for entry in TimeEntry.objects.visible_to(actor)] == [seconds]
            assert TimeEntry.objects.count() == Ticket.objects.count() == 1
            assert set(Period.objects.values_list("client", flat=True)) == {company.client.pk}


def test_codes_are_made_of_what_a_client_is_called():
    assert code_for("north-mill", ()) == "NORTHMIL"
    assert code_for("north-mill", {"NORTHMIL"}) == "NORTHMI2"
    assert [code_for(text, ()) for text in ("\u0160vejk", "7", "4711 AG", "\u6771\u4eac", "x")] == [
        "SVEJK",
        "C7",
        "C4711AG",
        "CLIENT",
        "CX",
    ]


def test_long_ids_keep_apart_within_the_length_that_is_kept():
    keys = {key_of("shop", "x" * 300 + end) for end in "ab"}
    assert len(keys) == 2
    assert max(map(len, keys)) <= 160
