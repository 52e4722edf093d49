"""Hours over through the API, and the firm that asks for a yes but never gives it."""

from decimal import Decimal

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.actors import MemberRole
from accounts.models import Membership
from billing.actions import authorise_overage
from billing.models import Authorisation
from engagements.actions import agree_terms
from events.actions.delivering import drain
from events.models import Event, Notice
from tests import cast
from tests.api_cast import Program, refused, results
from tests.cast import Company, actor, browser, log, make_contact, text
from tests.closing_cast import day, keep, promise

pytestmark = pytest.mark.django_db


@pytest.fixture
def program(owner, over):
    return Program(cast.key(owner, company=over))


def test_a_program_says_yes_reads_what_is_used_and_takes_the_rest_back(program, over, owner):
    address = f"engagements/{over.engagement.pk}/authorisations"
    waiting = program.get(f"periods/{over.period.pk}/authorisation").json()
    lines = [{"rate": "250.00", "minutes": 120, "amount": "500.00"}]
    told = {"period": str(over.period.pk), "minutes": 120, "amount": "500.00", "currency": "USD", "lines": lines, "declined_at": None}
    assert waiting == told
    made = program.post(address, {"minutes_cap": 180, "note": "Year end"}, Idempotency_Key="yes-1")
    assert made.status_code == 201, made.content
    assert program.post(address, {"minutes_cap": 180, "note": "Year end"}, Idempotency_Key="yes-1").json() == made.json()
    assert Authorisation.objects.count() == 1
    shown = made.json()
    assert (shown["used_minutes"], shown["used_money"], shown["given_by"]["name"]) == (120, "500.00", owner.name)
    assert made["Location"].endswith(f"/api/v1/authorisations/{shown['id']}")
    assert results(program.get(address)) == [shown]
    one = f"authorisations/{shown['id']}"
    tag = program.get(one)["ETag"]
    log(owner_of_time(over), over, minutes=30)
    refused(program.delete(one, If_Match=tag), 412, "changed-meanwhile")
    refused(program.http.delete(f"/api/v1/{one}"), 428, "precondition-required")
    assert program.delete(one).status_code == 204
    revoked = program.get(one).json()
    assert (revoked["kept_minutes"], revoked["revoked_by"]["name"]) == (150, owner.name)
    refused(program.delete(one), 409, "conflict")


def owner_of_time(over: Company):
    return over.engagement.lead


def test_a_program_says_yes_to_what_waits_in_a_period_and_to_nothing_more(program, over, mara, cobalt):
    address, waiting_in = f"engagements/{over.engagement.pk}/authorisations", {"waiting_in": str(over.period.pk)}
    refused(program.post(address, waiting_in), 409, "conflict")  # without a limit it could be more than was read
    made = program.post(address, {"minutes_cap": 500, **waiting_in}).json()
    assert (made["minutes_cap"], made["used_minutes"]) == (120, 120)
    again = refused(program.post(address, {"minutes_cap": 120, **waiting_in}), 409, "conflict")
    assert again["errors"][0]["pointer"] == "/waiting_in"
    log(mara, over, minutes=30)
    assert program.get(f"periods/{over.period.pk}/authorisation").json()["minutes"] == 30
    by_money = program.post(address, {"money_cap": "1000", **waiting_in}).json()
    assert (by_money["minutes_cap"], by_money["used_money"]) == (30, "125.00")
    unseen = program.post(address, {"minutes_cap": 1, "waiting_in": str(cobalt.period.pk)})
    assert refused(unseen, 422, "invalid-body")["errors"][0]["pointer"] == "/waiting_in"


def test_a_yes_to_a_later_period_never_goes_to_an_earlier_one_unsaid(mara):
    kept = keep(mara, overage="authorise", carry_periods=0)
    kept.use(1, 660)
    kept.use(2, 690)
    company = Company(kept.client, kept.engagement, kept.month(1), None)  # type: ignore[arg-type]  # no system is asked for
    program = Program(cast.key(make_contact("Olga Owner", company, MemberRole.OWNER), company=company))
    address = f"engagements/{kept.engagement.pk}/authorisations"
    later = {"minutes_cap": 90, "waiting_in": str(kept.month(2).pk)}
    assert "1 h of the period from 1 January" in refused(program.post(address, later), 409, "conflict")["detail"].replace("\xa0", " ")
    assert program.post(address, {"minutes_cap": 60, "waiting_in": str(kept.month(1).pk)}).status_code == 201
    assert program.post(address, later).json()["used_minutes"] == 90
    kept.close(1)
    closed = refused(program.post(address, {"minutes_cap": 60, "waiting_in": str(kept.month(1).pk)}), 409, "conflict")
    assert closed["errors"][0]["pointer"] == "/waiting_in"


def test_a_yes_without_a_limit_or_above_the_callers_own_is_a_problem(over, mara):
    address = f"engagements/{over.engagement.pk}/authorisations"
    abel = make_contact("Abel Approver", over, MemberRole.APPROVER)
    Membership.objects.filter(person=abel).update(approval_limit=Decimal(400))
    program = Program(cast.key(abel, company=over))
    assert refused(program.post(address, {}), 409, "conflict")["errors"][0]["pointer"] == "/minutes_cap"
    refused(program.post(address, {"minutes_cap": 120}), 403, "not-allowed")
    refused(Program(cast.key(mara)).post(address, {"minutes_cap": 6}), 403, "not-allowed")
    reading = Program(cast.key(abel, "periods:read", company=over))
    assert reading.post(address, {"minutes_cap": 6}).status_code == 403
    assert program.post(address, {"minutes_cap": 96}).status_code == 201


def test_a_rate_agreed_for_later_counts_against_a_limit_and_one_that_is_over_does_not(mara):
    kept = keep(mara, overage="authorise", carry_periods=0)
    company = Company(kept.client, kept.engagement, kept.month(1), None)  # type: ignore[arg-type]  # no system is asked for
    abel = make_contact("Abel Approver", company, MemberRole.APPROVER)
    Membership.objects.filter(person=abel).update(approval_limit=Decimal(300))
    agree_terms(
        actor=actor(mara), engagement=kept.engagement, terms=promise(starts_on=day(2), overage="authorise", overage_rate=Decimal("400.00"))
    )
    agree_terms(
        actor=actor(mara), engagement=kept.engagement, terms=promise(starts_on=day(3), overage="authorise", overage_rate=Decimal("200.00"))
    )
    program, address = Program(cast.key(abel, company=company)), f"engagements/{kept.engagement.pk}/authorisations"
    refused(program.post(address, {"minutes_cap": 60}), 403, "not-allowed")  # 400.00 while February may still be worked
    kept.close(1)
    refused(program.post(address, {"minutes_cap": 60}), 403, "not-allowed")
    kept.close(2)
    assert program.post(address, {"minutes_cap": 60}).status_code == 201  # 200.00 from March on


def test_what_a_close_left_is_authorised_by_a_program_and_becomes_a_charge(mara):
    kept = keep(mara, overage="authorise", carry_periods=0)
    kept.use(1, 700)
    kept.close(1)
    company = Company(kept.client, kept.engagement, kept.month(1), None)  # type: ignore[arg-type]  # no system is asked for
    program = Program(cast.key(make_contact("Olga Owner", company, MemberRole.OWNER), company=company))
    address = f"periods/{kept.month(1).pk}/authorisation"
    assert program.get(address).json()["minutes"] == 100
    charged = program.post(address, {"minutes": 60})
    assert [(charge["minutes"], charge["amount"]) for charge in charged.json()["charges"]] == [(60, "250.00")]
    assert program.get(address).json()["minutes"] == 40
    assert refused(program.post(address, {"minutes": 41}), 409, "conflict")["errors"][0]["pointer"] == "/minutes"
    refused(program.post(f"periods/{kept.month(2).pk}/authorisation"), 409, "conflict")


def test_a_requester_reads_minutes_and_no_money(over, owner):
    authorise_overage(actor=actor(owner, over), engagement=over.engagement, minutes_cap=60)
    rhea = Program(cast.key(make_contact("Rhea Requester", over, MemberRole.REQUESTER), company=over))
    told = rhea.get(f"periods/{over.period.pk}/authorisation").json()
    assert (told["minutes"], told["amount"], told["lines"]) == (60, None, [{"rate": None, "minutes": 60, "amount": None}])
    assert results(rhea.get(f"engagements/{over.engagement.pk}/authorisations")) == []


def test_another_clients_authorisations_do_not_exist(over, owner, cobalt, nadia):
    given = authorise_overage(actor=actor(owner, over), engagement=over.engagement, minutes_cap=60)
    nosy = Program(cast.key(nadia, company=cobalt))
    for address in (
        f"engagements/{over.engagement.pk}/authorisations",
        f"authorisations/{given.pk}",
        f"periods/{over.period.pk}/authorisation",
    ):
        refused(nosy.get(address), 404, "not-found")


def test_the_list_costs_the_same_at_two_and_at_twelve(program, over, owner):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            results(program.get(f"engagements/{over.engagement.pk}/authorisations"))
        return len(asked)

    def give(times: int) -> None:
        for _ in range(times):
            authorise_overage(actor=actor(owner, over), engagement=over.engagement, minutes_cap=1)

    give(2)
    queries()
    at_two = queries()
    give(10)
    assert queries() == at_two


def test_the_firm_asks_and_those_who_may_say_yes_are_told_by_mail(over, owner, mara):
    abel = make_contact("Abel Approver", over, MemberRole.APPROVER)
    Membership.objects.filter(person=abel).update(approval_limit=Decimal(499))
    page = reverse("workspace:period", args=[over.period.pk])
    shown = text(browser(mara).get(page))
    assert "USD 500.00 if they say yes" in shown
    ask = reverse("workspace:authorisation_request", args=[over.period.pk])
    assert "Asked. Dovetail Joinery reads it" in text(browser(mara).post(ask, follow=True))
    told = Notice.objects.get(kind="overage.asked")
    assert (told.person, told.about_id) == (owner, over.period.pk)  # Abel may not approve as much
    drain()
    (letter,) = [letter for letter in mail.outbox if owner.user.email in letter.to]
    assert letter.subject == "2 h over wait for your yes"
    assert f"/portal/hours/{over.period.pk}/" in letter.body
    again = browser(mara).post(ask)
    assert (again.status_code, "It was asked within a day." in text(again)) == (422, True)
    assert "asked last" in text(browser(mara).get(page))
    assert Event.objects.filter(kind="overage.asked").count() == 1


def test_nobody_is_asked_who_could_not_say_yes(over, mara):
    ask = Program(cast.key(mara)).post(f"periods/{over.period.pk}/authorisation-request")
    assert "Nobody at Dovetail Joinery may say yes to so much" in refused(ask, 409, "conflict")["detail"]


def test_the_firm_is_offered_to_ask_only_where_somebody_may_say_yes_and_nobody_was_asked_today(over, mara):
    page, offered = reverse("workspace:period", args=[over.period.pk]), "Ask Dovetail Joinery for a yes"
    abel = make_contact("Abel Approver", over, MemberRole.APPROVER)
    Membership.objects.filter(person=abel).update(approval_limit=Decimal(499))
    shown = text(browser(mara).get(page))
    assert "Nobody at Dovetail Joinery may say yes to so much." in shown
    assert reverse("workspace:client_people", args=[over.client.pk]) in shown.partition('id="over"')[2].partition("</section>")[0]
    assert offered not in shown
    Membership.objects.filter(person=abel).update(approval_limit=Decimal(500))
    shown = text(browser(mara).get(page))
    assert (offered in shown, "may say yes to so much" in shown) == (True, False)
    asked = text(browser(mara).post(reverse("workspace:authorisation_request", args=[over.period.pk]), follow=True))
    assert "It was asked within a day." in asked
    assert offered not in asked


def test_the_firm_reads_each_yes_on_the_page_of_the_period(over, owner, mara):
    authorise_overage(actor=actor(owner, over), engagement=over.engagement, minutes_cap=180, note="Year end")
    shown = text(browser(mara).get(reverse("workspace:period", args=[over.period.pk])))
    for words in ("Up to 3 h", "2 h used, USD 500.00", "Olga Owner", "Year end", "Nothing of this period waits for a yes."):
        assert words in shown


def test_alerts_of_an_authorisation_stand_among_the_others_for_who_reads_money(over, owner, program, mara):
    given = authorise_overage(actor=actor(owner, over), engagement=over.engagement, minutes_cap=150)
    told = results(program.get("alerts", kind="consent"))
    assert [(row["percent"], row["used_minutes"], row["capacity_minutes"], row["is_superseded"]) for row in told] == [
        (80, 120, 150, False),
        (50, 120, 150, True),
    ]
    assert {(row["authorisation"], row["period"]) for row in told} == {(str(given.pk), str(over.period.pk))}
    assert len(results(program.get("alerts", authorisation=given.pk))) == 2
    shown = text(browser(mara).get(reverse("workspace:period", args=[over.period.pk])))
    assert "80 % of hours authorised used: 2 h of 2.5 h" in shown
    assert "80 % of hours authorised" in text(browser(mara).get(reverse("workspace:client", args=[over.client.pk])))
    rhea = Program(cast.key(make_contact("Rhea Requester", over, MemberRole.REQUESTER), company=over))
    assert results(rhea.get("alerts", kind="consent")) == []
    assert {notice.person.name for notice in Notice.objects.filter(kind="alert.authorisation")} >= {mara.name, owner.name}
