"""What the last periods would have come to under other terms: side by side, by the function that closes them, and nothing is written."""

from dataclasses import replace
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.errors import Conflict, NotAllowed
from billing.actions import give_lot, replay_periods
from billing.models import Lot, Period, TimeEntry
from billing.models.ledger_rows import versions_of
from billing.rules.movements import Authorisation
from billing.rules.replay import Lived, left_by, replay, under
from engagements.rules import Span
from events.models import Event
from tests import cast, closing_cast
from tests.api_cast import Program, refused
from tests.ledger_cast import day, month, promise, work


def months(*uses):
    """January on, with one entry of so many minutes a month, priced at what was in force then."""
    spans = [month(number) for number in range(1, len(uses) + 1)]
    return [
        Lived(Span(span.starts_on, span.ends_on), (), (work(day(number, 10), minutes, rate=Decimal(250)),) if minutes else ())
        for number, (span, minutes) in enumerate(zip(spans, uses, strict=True), start=1)
    ]


def test_under_the_terms_that_were_agreed_a_replay_is_the_ledger():
    found = replay([promise(fee=Decimal(2000))], months(400, 900))
    assert [each.closing_minutes for each in found.periods] == [200, 0]
    assert [each.capacity_minutes for each in found.periods] == [600, 800]
    assert (found.overage_minutes, found.fee) == (100, Decimal(4000))
    assert (found.overage_amount, found.together) == (Decimal("416.67"), Decimal("4416.67"))


def test_more_hours_for_a_higher_fee_stand_beside_less_overage():
    lived = months(700, 900, 650)
    small = replay([promise(fee=Decimal(2000))], lived)
    versions, repriced = under(promise(included_minutes=800, fee=Decimal(2600)), lived)
    large = replay(versions, repriced)
    assert (small.overage_minutes, large.overage_minutes) == (450, 0)
    assert (small.fee, large.fee) == (Decimal(6000), Decimal(7800))
    assert large.closing_minutes == 150


def test_work_of_a_variant_is_priced_at_its_own_rate():
    versions, lived = under(promise(overage_rate=Decimal(100)), months(660))
    assert replay(versions, lived).overage_amount == Decimal("100.00")


def test_minutes_over_without_a_rate_have_no_amount_and_no_sum():
    versions, lived = under(promise(overage_rate=None), months(660))
    found = replay(versions, lived)
    assert (found.overage_amount, found.together) == (None, None)


def test_what_the_periods_before_left_is_taken_over_alike():
    lived = months(400, 0, 700)
    before = left_by([promise()], lived, 2)
    found = replay([promise()], lived[2:], before=before)
    assert found.periods[0] == replay([promise()], lived).periods[2]


def test_what_was_borrowed_before_lowers_the_first_grant():
    terms = promise(borrow_limit_minutes=120)
    lived = months(690, 0)
    assert replay([terms], lived[1:], before=left_by([terms], lived, 1)).periods[0].capacity_minutes == 510


def test_a_consent_used_up_before_is_used_up_in_every_variant():
    terms = promise(overage="authorise")
    lived = months(660, 700)
    before = left_by([terms], lived, 1, [Authorisation("yes", minutes_cap=100)])
    found = replay([terms], lived[1:], before=before)
    assert (found.overage_minutes, found.unauthorised_minutes) == (40, 60)


def test_paused_days_are_neither_granted_nor_charged():
    (january,) = months(0)
    paused = replace(january, pauses=(Span(day(1, 11), day(1, 21)),))
    found = replay([promise(fee=Decimal(3100))], [paused])
    assert (found.periods[0].capacity_minutes, found.fee) == (406, Decimal("2100.00"))


def variants(company, **changes):
    return [replace(versions_of(company.engagement)[-1], ends_on=None, **changes)]


def test_an_open_retainer_is_replayed_as_if_it_closed_now_and_nothing_is_written(acorn, ines):
    cast.log(ines, acorn, minutes=660)
    before = [list(model.objects.order_by("pk").values()) for model in (Period, Lot, TimeEntry, Event)]
    found = replay_periods(actor=cast.actor(ines), engagement=acorn.engagement, variants=variants(acorn, included_minutes=900))
    assert found.in_force.overage_minutes == 60
    assert found.variants[0].overage_minutes == 0
    acorn.period.refresh_from_db()
    assert found.in_force.periods[0].used_minutes == acorn.period.used_minutes
    assert [list(model.objects.order_by("pk").values()) for model in (Period, Lot, TimeEntry, Event)] == before


def test_a_replay_costs_the_same_however_much_was_worked(acorn, ines, django_assert_max_num_queries):
    def ask():
        replay_periods(actor=cast.actor(ines), engagement=acorn.engagement, variants=variants(acorn))

    cast.log(ines, acorn, minutes=10)
    with django_assert_max_num_queries(12) as few:
        ask()
    for _ in range(5):
        cast.log(ines, acorn, minutes=10)
    with django_assert_max_num_queries(len(few)):
        ask()


def test_closed_periods_are_replayed_as_they_closed_and_those_before_them_are_not_read(mara):
    kept = closing_cast.keep(mara, borrow_limit_minutes=120)
    kept.give("top_up", 300, closing_cast.day(1), closing_cast.day(4))
    give_lot(
        actor=cast.ARRANGING,
        engagement=kept.engagement,
        kind="goodwill",
        minutes=70,
        usable_from=closing_cast.day(1),
        usable_until=closing_cast.day(5),
        reason="agreed",
        service_areas=["team_support"],
    )
    for number, minutes in ((1, 700), (2, 1300), (3, 650)):
        kept.use(number, minutes)
        kept.close(number)
    march, ask = kept.month(3), partial(replay_periods, actor=cast.actor(mara), engagement=kept.engagement)
    wanted = [replace(versions_of(kept.engagement)[-1], ends_on=None, included_minutes=900)]
    with CaptureQueriesContext(connection) as asked:
        (alone,) = ask(variants=wanted, periods=1).in_force.periods
    read = [query["sql"] for query in asked if '"billing_timeentry"' in query["sql"]]
    assert read
    assert not any(str(kept.month(number).pk) in sql for number in (1, 2) for sql in read)
    for name in ("capacity_minutes", "used_minutes", "overage_minutes", "borrowed_minutes", "closing_minutes", "expired_minutes"):
        assert getattr(alone, name) == getattr(march, name), name
    assert (march.opening_minutes, march.repaid_minutes, march.overage_minutes) == (70, 120, 50)
    whole = ask(variants=wanted, periods=3)
    assert whole.in_force.periods[-1] == alone
    assert [each.closing_minutes for each in whole.in_force.periods] == [kept.month(number).closing_minutes for number in (1, 2, 3)]


def test_only_the_firm_compares_and_up_to_three_variants(acorn, priya, ines, tomas):
    for stranger in (cast.actor(priya, acorn), cast.actor(tomas)):
        with pytest.raises(NotAllowed):
            replay_periods(actor=stranger, engagement=acorn.engagement, variants=variants(acorn))
    with pytest.raises(Conflict, match="one to three"):
        replay_periods(actor=cast.actor(ines), engagement=acorn.engagement, variants=variants(acorn) * 4)
    with pytest.raises(Conflict, match="1 to 24"):
        replay_periods(actor=cast.actor(ines), engagement=acorn.engagement, variants=variants(acorn), periods=25)


def asked(**more):
    return {
        "periods": "6",
        "A-included_minutes": "15h",
        "A-fee": "2600",
        "A-overage": "bill",
        "A-overage_rate": "200",
        "A-carry_periods": "1",
    } | {name.replace("_", "-", 1): value for name, value in more.items()}


def test_the_page_shows_the_variants_beside_what_was_agreed(browser, ines, acorn):
    cast.log(ines, acorn, minutes=660)
    desk, url = browser(ines), reverse("workspace:what_if", args=[acorn.engagement.pk])
    assert desk.get(url).status_code == 200
    second = {"B_included_minutes": "8", "B_fee": "1500", "B_overage": "absorb", "B_carry_periods": "0"}
    shown = desk.get(url, asked(**second))
    page = shown.content.decode()
    assert shown.status_code == 200
    assert [name for name, _ in shown.context["columns"]] == ["As agreed", "Variant A", "Variant B"]
    assert "2,600.00" in page
    assert shown.context["columns"][2][1].absorbed_minutes == 180


def test_a_variant_that_is_not_compared_stays_as_it_was_left_and_the_others_keep_their_names(browser, ines, acorn):
    url = reverse("workspace:what_if", args=[acorn.engagement.pk])
    third = {"C_included_minutes": "8", "C_fee": "1500", "C_overage": "absorb", "C_carry_periods": "0"}
    shown = browser(ines).get(url, asked(B_overage="absorb", B_overage_rate="90", **third))
    assert [name for name, _ in shown.context["columns"]] == ["As agreed", "Variant A", "Variant C"]
    assert (shown.context["variants"][1]["overage"].value(), shown.context["variants"][1]["overage_rate"].value()) == ("absorb", "90")
    without = browser(ines).get(url, asked())
    in_force = acorn.engagement.terms.get().overage
    assert [form["overage"].value() for form in without.context["variants"]] == ["bill", in_force, in_force]


def test_the_page_says_what_a_variant_lacks_and_keeps_what_was_typed(browser, ines, acorn):
    url = reverse("workspace:what_if", args=[acorn.engagement.pk])
    answer = browser(ines).get(url, asked(A_overage_rate=""))
    assert answer.status_code == 422
    assert "Say which" in answer.content.decode()
    assert 'value="15h"' in answer.content.decode()


def test_a_program_asks_what_if(acorn, ines, rob, key):
    cast.log(ines, acorn, minutes=660)
    path = f"engagements/{acorn.engagement.pk}/what-if"
    answer = Program(key(ines)).post(path, {"variants": [{"included_minutes": 900, "fee": "2600.00"}, {"overage": "absorb"}]})
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert (told["in_force"]["overage_minutes"], told["in_force"]["overage_amount"]) == (60, "250.00")
    assert [each["overage_minutes"] for each in told["variants"]] == [0, 0]
    assert told["variants"][1]["absorbed_minutes"] == 60
    assert told["variants"][0]["periods"][0]["starts_on"] == acorn.period.starts_on.isoformat()
    refused(Program(key(rob)).post(path, {"variants": [{}]}), 403, "not-allowed")
