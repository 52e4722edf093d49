"""What people cost, what a retainer leaves, how time is used: admins alone, and never a word of it to a client."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import scope
from accounts.errors import Conflict, NotAllowed
from accounts.models import Person
from billing.actions import change_entry, work_of
from billing.actions.costing import set_cost_rate
from billing.actions.expenses import Spent, approve_expense, log_expense
from billing.models import CostRate, Period, TimeEntryInternal
from billing.models.margin import margins, use_of
from billing.rules.margin import Margin, labour_cost, utilisation_percent
from engagements.actions import agree_terms, begin_project
from engagements.models import Engagement
from tests import cast
from tests.api_cast import Program, refused, results
from tests.cast import actor, browser, log
from tests.closing_cast import day, keep, promise

pytestmark = pytest.mark.django_db


def month():
    return timezone.localdate().replace(day=1)


def costs(person, rate, since=None, by=None):
    return set_cost_rate(actor=by or cast.ARRANGING, person=person, rate=Decimal(rate), starts_on=since or month())


def cost_of(entry):
    return TimeEntryInternal.objects.get(entry=entry).cost_rate


def margin_of(company):
    (row,) = margins(Period.objects.filter(pk=company.period.pk).select_related("engagement"), "USD")
    return row.margin


# Cost


def test_an_entry_keeps_what_its_person_cost_on_its_day(acorn, ines):
    costs(ines, "60.00")
    entry = log(ines, acorn, minutes=60)
    assert cost_of(entry) == Decimal("60.00")


def test_a_rate_from_today_on_leaves_what_was_worked_before_and_sets_the_rest_anew(acorn, ines):
    today = timezone.localdate()
    costs(ines, "60.00", today - dt.timedelta(days=400))
    entry = log(ines, acorn, minutes=60)
    costs(ines, "70.00", today)
    assert cost_of(entry) == Decimal("70.00")
    costs(ines, "99.00", today + dt.timedelta(days=1))
    assert cost_of(entry) == Decimal("70.00")


def test_an_entry_without_a_known_cost_gets_it_once_it_is_known(acorn, ines):
    entry = log(ines, acorn, minutes=60)
    assert not TimeEntryInternal.objects.filter(entry=entry).exists()
    costs(ines, "60.00")
    assert cost_of(entry) == Decimal("60.00")


def test_changed_it_keeps_its_note_and_its_cost(acorn, ines):
    costs(ines, "60.00")
    entry = log(ines, acorn, minutes=60)
    TimeEntryInternal.objects.filter(entry=entry).update(note="between ourselves")
    change_entry(actor=actor(ines), entry=entry, work=work_of(entry))
    kept = TimeEntryInternal.objects.get(entry=entry)
    assert (kept.note, kept.cost_rate) == ("between ourselves", Decimal("60.00"))


def test_one_rate_a_day_and_only_by_admins(acorn, ines, mara, ada):
    costs(ines, "60.00", by=actor(ada))
    with pytest.raises(Conflict, match="already"):
        costs(ines, "61.00")
    with pytest.raises(IntegrityError, match="somebody_costs_one_rate_from_a_day_on"), transaction.atomic():
        CostRate.objects.create(person=ines, starts_on=month(), rate=1)
    for person in (ines, mara):
        with pytest.raises(NotAllowed):
            costs(ines, "1.00", timezone.localdate(), by=actor(person))


# Margin


def test_the_margin_is_fee_and_charges_less_what_people_and_expenses_cost(acorn, ines):
    costs(ines, "60.00")
    log(ines, acorn, minutes=675)
    margin = margin_of(acorn)
    assert (margin.fee, margin.charged, margin.labour) == (Decimal("2000.00"), Decimal("312.50"), Decimal("675.00"))
    assert (margin.left, margin.percent, margin.hourly) == (Decimal("1637.50"), 71, Decimal("205.56"))


def test_what_is_charged_for_a_project_is_income_of_the_pool_that_bears_its_cost(acorn, ines, ada):
    project = begin_project(actor=cast.ARRANGING, pool=acorn.engagement, name="Rollout", starts_on=month())
    spent = Spent(spent_on=timezone.localdate(), category="travel", note="A train", amount=Decimal(42), currency="USD")
    approve_expense(actor=actor(ada), expense=log_expense(actor=actor(ines), engagement=project, spent=spent))
    assert (margin_of(acorn).charged, margin_of(acorn).expenses) == (Decimal(42), Decimal(42))


def test_dollars_of_people_are_never_taken_from_the_euros_of_a_client(acorn, ines, ada, key):
    Engagement.objects.filter(pk=acorn.engagement.pk).update(currency="EUR")
    costs(ines, "60.00")
    log(ines, acorn, minutes=60)
    (row,) = Program(key(ada)).get("margins").json()["periods"]
    assert (row["currency"], row["fee"], row["labour"], row["margin"], row["margin_percent"]) == ("EUR", "2000.00", "60.00", None, None)
    page = browser(ada).get(reverse("workspace:margin")).content.decode()
    assert "1,940.00" not in page


def test_internal_time_costs_and_burns_nothing(acorn, ines):
    costs(ines, "60.00")
    entry = log(ines, acorn, minutes=60)
    entry.kind = "internal"
    entry.burn_minutes = 0
    entry.save()
    assert (margin_of(acorn).labour, margin_of(acorn).charged) == (Decimal("60.00"), Decimal(0))


def test_time_without_a_known_cost_is_told(acorn, ines):
    log(ines, acorn, minutes=60)
    assert margin_of(acorn).uncosted_seconds == 3600


def test_cost_is_rounded_once():
    assert labour_cost(Decimal(20) * Decimal("10.00")) == Decimal("0.06")
    assert Margin().percent is None
    assert Margin(fee=Decimal(200), labour=Decimal(300)).percent == -50


def test_margins_cost_the_same_number_of_queries_at_any_length(acorn, cobalt, ines, tomas):
    def queries():
        with CaptureQueriesContext(connection) as seen:
            margins(Period.objects.select_related("engagement"), "USD")
        return len(seen)

    log(ines, acorn, minutes=10)
    few = queries()
    for _ in range(5):
        log(ines, acorn, minutes=10)
        log(tomas, cobalt, minutes=10)
    assert queries() == few


def test_hours_over_of_an_open_period_count_at_the_rate_of_the_day_they_were_worked(mara):
    kept = keep(mara, included_minutes=0)
    dearer = promise(starts_on=day(1, 15), included_minutes=0, overage_rate=Decimal(300))
    agree_terms(actor=cast.ARRANGING, engagement=kept.engagement, terms=dearer)
    kept.use(1, 60, 5)
    kept.use(1, 60, 20)
    (row,) = margins(Period.objects.filter(pk=kept.month(1).pk).select_related("engagement"), "USD")
    assert row.margin.charged == Decimal(550)


# Utilisation


def test_use_is_what_clients_pay_of_what_somebody_had(acorn, ines):
    monday = timezone.localdate() - dt.timedelta(days=timezone.localdate().weekday())
    Person.objects.filter(pk=ines.pk).update(weekly_minutes=2400)
    ines.refresh_from_db()
    paid, free = log(ines, acorn, minutes=600), log(ines, acorn, minutes=300)
    free.kind, free.burn_minutes = "goodwill", 0
    free.save()
    (use,) = use_of([ines], monday, monday + dt.timedelta(days=7), "USD")
    assert paid.kind == "included"
    assert (use.available_minutes, use.worked_minutes, use.billable_minutes, use.percent) == (2400, 900, 600, 25)
    assert utilisation_percent(60, 0) is None


# Who reads it


def test_admins_read_margins_and_nobody_else(acorn, ines, mara, ada, priya):
    costs(ines, "61.07")
    log(ines, acorn, minutes=60)
    admin = Program(cast.key(ada))
    (row,) = admin.get("margins").json()["periods"]
    assert (row["fee"], row["labour"], row["margin"]) == ("2000.00", "61.07", "1938.93")
    assert {each["person"]["name"]: each["labour"] for each in admin.get("utilisation").json()["people"]}[ines.name] == "61.07"
    assert [each["rate"] for each in results(admin.get("cost-rates"))] == ["61.07"]
    for person in (ines, mara, priya):
        theirs = Program(cast.key(person))
        assert [theirs.get(path).status_code for path in ("margins", "utilisation", "cost-rates")] == [404, 404, 404]
        assert browser(person).get(reverse("workspace:margin")).status_code == 404


def test_a_key_without_the_scope_reads_no_cost(ada):
    refused(Program(cast.key(ada, "time-entries:read", "periods:read")).get("margins"), 403, "scope-missing")


def test_a_hostile_client_finds_nothing_of_it(acorn, ines, priya):
    """The canary rate stands in no page, no answer of the API, and no table that the portal's role may read."""
    costs(ines, "61.07")
    log(ines, acorn, minutes=60)
    theirs, pages = Program(cast.key(priya)), browser(priya)
    told = [theirs.get(path).content for path in ("time-entries", "periods", "engagements", "people", "charges")]
    told += [pages.get(reverse(f"portal:{name}")).content for name in ("home", "hours")]
    told.append(pages.get(reverse("portal:period", args=[acorn.period.pk])).content)
    assert not any(b"61.07" in each or b"cost_rate" in each for each in told)
    with scope.portal(acorn.client.pk):
        for model in (CostRate, TimeEntryInternal):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                model.objects.count()


def test_the_page_shows_margin_use_and_rates_and_sets_one(acorn, ines, ada):
    log(ines, acorn, minutes=60)
    page = reverse("workspace:margin")
    typed = {"person": ines.pk, "rate": "60", "starts_on": month()}
    assert "Saved. Time of open periods counts with it." in browser(ada).post(page, typed, follow=True).content.decode()
    assert browser(ada).post(page, typed).status_code == 422
    shown = browser(ada).get(page).content.decode().replace("\N{NO-BREAK SPACE}", " ")
    assert "USD 1,940.00" in shown
    assert "USD 60.00" in shown
    assert browser(ada).get(page, {"since": "2026-01-31", "until": "2020-01-01"}).status_code == 200


@pytest.mark.parametrize("query", [{"since": "yesterday"}, {"since": "2020-01-01", "until": "2026-01-01"}, {"when": "now"}])
def test_what_cannot_be_asked_says_what_can(ada, query):
    refused(Program(cast.key(ada)).get("margins", **query), 400, "invalid-parameter")
