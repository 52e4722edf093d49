"""Programs agree terms, give hours and keep the list of systems, by the functions the pages use."""

import datetime as dt
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions.people import assign
from accounts.actors import MemberRole, StaffRole
from accounts.models import User
from billing.actions import give_lot
from billing.models import Lot, Period
from engagements.actions import add_component
from engagements.models import Component, RetainerTerms
from events.models import Event
from tests import cast
from tests.api_cast import Program, refused, results


@pytest.fixture
def lead(mara, key):
    return Program(key(mara))


@pytest.fixture
def soon():
    return (timezone.localdate() + dt.timedelta(days=40)).isoformat()


def test_new_terms_end_those_before_and_keep_what_is_not_said(lead, acorn, soon):
    path = f"engagements/{acorn.engagement.pk}/terms"
    (before,) = results(lead.get(path))
    answer = lead.post(path, {"starts_on": soon, "included_minutes": 900, "weights": {"after_hours": 150}})
    assert answer.status_code == 201, answer.content
    agreed, ended = results(lead.get(path))
    assert agreed == answer.json()
    assert ended == before | {"ends_on": soon}
    assert agreed == before | {"id": agreed["id"], "starts_on": soon, "included_minutes": 900, "weights": {"after_hours": 150}}


def test_a_preview_says_what_agreeing_does_and_keeps_nothing(lead, acorn, ines):
    cast.log(ines, acorn, minutes=660)
    tomorrow = (timezone.localdate() + dt.timedelta(days=1)).isoformat()
    wanted = {"starts_on": tomorrow, "included_minutes": 6000, "proration": "none"}
    path = f"engagements/{acorn.engagement.pk}/terms"
    seen = lead.post(f"{path}/preview", wanted).json()["periods"]
    assert RetainerTerms.objects.count() == 1
    assert seen[0]["now"]["over_minutes"] == 60
    lead.post(path, wanted)
    for each in seen:
        period = Period.objects.get(engagement=acorn.engagement, starts_on=each["starts_on"])
        then = each["then"]
        assert (period.capacity_minutes, period.used_minutes) == (then["capacity_minutes"], then["used_minutes"])
        assert (period.left_minutes, period.over_minutes) == (then["left_minutes"], then["over_minutes"])


def test_quarters_begin_in_the_month_that_is_sent(lead, acorn):
    path = f"engagements/{acorn.engagement.pk}/terms"
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    month = tomorrow.month % 12 + 1
    wanted = {"starts_on": tomorrow.isoformat(), "period_unit": "quarter", "anchor_month": month}
    seen = lead.post(f"{path}/preview", wanted).json()["periods"][-1]
    assert seen["starts_on"] == wanted["starts_on"]
    assert dt.date.fromisoformat(seen["ends_on"]).month == month
    assert lead.post(path, wanted).json()["anchor_month"] == month
    refused(lead.post(path, wanted | {"anchor_month": 13}), 422, "invalid-body")


def test_terms_are_agreed_forward_and_by_leads(lead, acorn, ines, key, soon):
    path = f"engagements/{acorn.engagement.pk}/terms"
    for way in (path, f"{path}/preview"):
        refused(lead.post(way, {"starts_on": acorn.engagement.starts_on.isoformat()}), 409, "conflict")
        refused(Program(key(ines)).post(way, {"starts_on": soon}), 403, "not-allowed")
        refused(lead.post(way, {"starts_on": soon, "thresholds": [0]}), 422, "invalid-body")
    assert RetainerTerms.objects.count() == 1


def test_money_of_terms_is_told_to_those_who_see_money(acorn, rob, abe, key):
    path = f"engagements/{acorn.engagement.pk}/terms"
    (told,) = results(Program(key(abe)).get(path))
    (bare,) = results(Program(key(rob)).get(path))
    assert {"currency", "fee", "overage_rate"} == told.keys() - bare.keys()
    assert told["currency"] == "USD"


def test_hours_are_given_with_a_reason_and_the_balance_holds_them(lead, acorn, rob, key):
    path, today = f"engagements/{acorn.engagement.pk}/lots", timezone.localdate()
    gift = {"kind": "goodwill", "minutes": 90, "usable_from": today.isoformat(), "reason": "The index was down a day"}
    answer = lead.post(path, gift | {"usable_until": (today + dt.timedelta(days=60)).isoformat()})
    assert answer.status_code == 201, answer.content
    (standing,) = lead.get(f"clients/{acorn.client.pk}/balance").json()["engagements"]
    assert standing["capacity_minutes"] == 690
    read = results(Program(key(rob)).get(path))
    assert read[0] == answer.json()
    assert {each["kind"] for each in read} == {"goodwill", "grant"}
    refused(lead.post(path, gift | {"usable_until": today.isoformat()}), 409, "conflict")
    refused(lead.post(path, gift | {"usable_until": "2099-01-01", "kind": "grant"}), 422, "invalid-body")
    refused(Program(key(rob)).post(path, gift | {"usable_until": "2099-01-01"}), 403, "not-allowed")
    assert Lot.objects.exclude(kind="grant").count() == 1


def test_a_system_is_described_anew_retired_and_taken_back(acorn, ines, rob, key):
    program, path = Program(key(ines)), f"systems/{acorn.system.pk}"
    tag = program.get(path)["ETag"]
    answer = program.patch(path, {"name": "Quote desk", "purpose": "Answers quotes"}, If_Match=tag)
    assert (answer.json()["name"], answer.json()["purpose"]) == ("Quote desk", "Answers quotes")
    refused(program.patch(path, {"kind": "other"}, If_Match=tag), 412, "changed-meanwhile")
    today = timezone.localdate().isoformat()
    assert program.patch(path, {"retired_on": today}).json()["retired_on"] == today
    assert results(program.get("systems", in_care="true")) == []
    assert program.patch(path, {"retired_on": None}).json()["retired_on"] is None
    refused(program.patch(path, {"retired_on": "1999-01-01"}), 409, "conflict")
    refused(Program(key(rob)).patch(path, {"name": "Mine"}), 403, "not-allowed")


def test_a_system_takes_no_name_of_another(acorn, ines, key):
    program = Program(key(ines))
    new = {"engagement": str(acorn.engagement.pk), "kind": "assistant", "in_care_since": timezone.localdate().isoformat()}
    second = program.post("systems", new | {"name": "Second"}).json()
    refused(program.patch(f"systems/{second['id']}", {"name": acorn.system.name}), 409, "conflict")
    assert program.patch(f"systems/{second['id']}", {"name": "Second"}).status_code == 200


def test_a_part_is_added_once_and_its_version_changes(acorn, ines, key):
    program, path = Program(key(ines)), f"systems/{acorn.system.pk}/components"
    part = program.post(path, {"name": "Quote prompt", "kind": "prompt", "version": "2026-01"})
    assert part.status_code == 201, part.content
    assert results(program.get(path)) == program.get(f"systems/{acorn.system.pk}").json()["components"] == [part.json()]
    refused(program.post(path, {"name": "Quote prompt", "kind": "model"}), 409, "conflict")
    changed = program.patch(f"components/{part.json()['id']}", {"version": "2026-02"})
    assert changed.json() == part.json() | {"version": "2026-02"}
    program.post(path, {"name": "Index", "kind": "data"})
    refused(program.patch(f"components/{part.json()['id']}", {"name": "Index"}), 409, "conflict")
    kinds = Event.objects.filter(about_id=part.json()["id"]).order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["component.added", "component.described"]


def add_more(company):
    """A row of each list that is about a client."""
    add_component(actor=cast.ARRANGING, system=company.system, name=f"part {Component.objects.count()}", kind="data")
    cast.make_contact(f"Contact{User.objects.count()} Another", company, MemberRole.REQUESTER)
    assign(actor=cast.ARRANGING, person=cast.make_staff(f"Staff{User.objects.count()} New", StaffRole.CONSULTANT), client=company.client)
    today, until = timezone.localdate(), timezone.localdate() + dt.timedelta(days=9)
    gift = partial(give_lot, kind="goodwill", minutes=1, reason="More", usable_from=today, usable_until=until)
    gift(actor=cast.ARRANGING, engagement=company.engagement)


@pytest.mark.parametrize("path", ["memberships", "assignments", "engagements/{engagement}/lots", "systems/{system}/components"])
def test_a_list_costs_the_same_however_long(lead, acorn, path):
    path = path.format(engagement=acorn.engagement.pk, system=acorn.system.pk)
    add_more(acorn)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            found = len(results(lead.get(path)))
        return found, len(queries)

    lead.get(path)
    few, before = cost()
    for _more in range(4):
        add_more(acorn)
    assert cost() == (few + 4, before)
