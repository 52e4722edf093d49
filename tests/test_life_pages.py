"""The engagement's page and the week to approve, without JavaScript."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.actions.people import assign
from billing.models import SignedContract, TimeEntry
from engagements.models import Engagement, Pause
from tests import cast
from tests.cast import browser, log, make_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(acorn):
    return reverse("workspace:engagement", args=[acorn.engagement.pk])


def in_days(days):
    return timezone.localdate() + dt.timedelta(days=days)


def send(person, company, name, **typed):
    return browser(person).post(reverse(f"workspace:{name}", args=[company.engagement.pk]), typed, follow=True)


def test_a_lead_says_anew_how_it_runs(acorn, mara, page):
    typed = {"living-name": "Care", "living-lead": mara.pk, "living-needs_approval": "on", "living-notice_days": "60"}
    assert "Saved." in browser(mara).post(page, typed, follow=True).content.decode()
    retainer = Engagement.objects.get(pk=acorn.engagement.pk)
    assert (retainer.name, retainer.lead, retainer.needs_approval, retainer.notice_days) == ("Care", mara, True, 60)


def test_what_cannot_be_says_why_and_keeps_what_was_typed(acorn, mara, page):
    answer = browser(mara).post(page, {"living-name": "Care", "living-notice_days": "60", "living-renewal_months": "12"})
    assert answer.status_code == 422
    assert "Say until when both are committed" in answer.content.decode()
    assert 'value="60"' in answer.content.decode()


def test_it_is_paused_and_resumed(acorn, mara, page):
    shown = send(mara, acorn, "pause", **{"pause-starts_on": in_days(0), "pause-reason": "Holidays"}).content.decode()
    assert "Holidays" in shown
    pause = Pause.objects.get()
    browser(mara).post(reverse("workspace:resume", args=[pause.pk]))
    assert not Pause.objects.exists()


def test_it_ends_by_notice_and_the_end_is_taken_back(acorn, mara):
    early = send(mara, acorn, "end", **{"end-ends_on": in_days(3), "end-reason": "Sold"})
    assert "at the soonest" in early.content.decode()
    shown = send(mara, acorn, "end", **{"end-ends_on": in_days(31), "end-reason": "Sold"}).content.decode()
    assert "Take the end back" in shown
    send(mara, acorn, "go_on")
    assert Engagement.objects.get(pk=acorn.engagement.pk).ends_on is None


def test_a_project_begins_and_its_hours_stand_beside(acorn, mara, ines, page):
    send(mara, acorn, "begin_project", **{"project-name": "Quote bot"})
    acorn.engagement = Engagement.objects.get(name="Quote bot")
    log(ines, acorn, minutes=90)
    assert "1.5" in browser(mara).get(page).content.decode().partition("Quote bot</a>")[2][:80]


def test_the_signed_contract_is_kept_and_downloaded_by_those_who_lead(acorn, mara, ines, priya, page):
    file = SimpleUploadedFile("signed.pdf", b"%PDF-1.4 signed", content_type="application/pdf")
    send(mara, acorn, "contract", **{"contract-contract": file})
    filed = SignedContract.objects.get()
    address = reverse("workspace:contract_file", args=[filed.pk])
    got = browser(mara).get(address)
    assert b"".join(got.streaming_content).startswith(b"%PDF")
    assert got["Content-Disposition"].startswith("attachment")
    assert [browser(person).get(address).status_code for person in (ines, priya)] == [404, 404]
    assert "signed.pdf" not in browser(ines).get(page).content.decode()


def test_a_consultant_reads_the_page_and_changes_nothing(acorn, ines, tomas, page):
    assert "<form" not in browser(ines).get(page).content.decode().partition('id="main"')[2].partition("</main>")[0]
    assert browser(ines).post(page, {}).status_code == 404
    assert browser(tomas).get(page).status_code == 404


# The week to approve


@pytest.fixture
def waiting(acorn, ines):
    Engagement.objects.filter(pk=acorn.engagement.pk).update(needs_approval=True)
    return [log(ines, acorn, minutes=400, note="Looked"), log(ines, acorn, minutes=300)]


def test_the_week_shows_what_waits_and_what_is_odd(waiting, mara, ines, tomas):
    shown = browser(mara).get(reverse("workspace:approvals")).content.decode()
    assert "Ines Consultant" in shown
    assert "2 entries look odd" in shown
    assert [shown.count(words) for words in ("more than 10 h", "no ticket", "no note")] == [1, 2, 1]
    for other in (ines, tomas):
        assert "time of this week waits for your yes." in browser(other).get(reverse("workspace:approvals")).content.decode()


def test_without_a_day_the_week_is_this_one_or_else_the_first_in_which_something_waits(mara, ines):
    today = timezone.localdate()
    company = make_company("Dune Optics", "DUN", lead=mara, starts_on=today.replace(day=1) - dt.timedelta(days=40))
    assign(actor=cast.ARRANGING, person=ines, client=company.client)
    Engagement.objects.filter(pk=company.engagement.pk).update(needs_approval=True)
    log(ines, company, minutes=60, note="Two weeks ago", on=today - dt.timedelta(days=14))
    log(ines, company, minutes=60, note="The week before", on=today - dt.timedelta(days=7))
    page, now = reverse("workspace:approvals"), browser(mara)
    assert ["Two weeks ago" in now.get(page).text, "The week before" in now.get(page).text] == [True, False]
    assert "Two weeks ago" not in now.get(page, {"of": today.isoformat()}).text
    log(ines, company, minutes=60, note="Just now")
    assert ["Two weeks ago" in now.get(page).text, "Just now" in now.get(page).text] == [False, True]


def test_what_is_marked_is_approved_and_the_rest_waits(waiting, mara):
    answer = browser(mara).post(reverse("workspace:approvals"), {"entry": waiting[0].pk, "verdict": "approve"}, follow=True)
    assert "One entry is approved." in answer.content.decode()
    assert sorted(TimeEntry.objects.values_list("state", flat=True)) == ["approved", "submitted"]


def test_sent_back_it_tells_why_on_its_page_and_is_handed_in_from_there(waiting, mara, ines):
    browser(mara).post(reverse("workspace:approvals"), {"entry": waiting[1].pk, "verdict": "reject", "reason": "What was it?"})
    assert "Mara Lead sent this back: What was it?" in browser(ines).get(reverse("workspace:entry", args=[waiting[1].pk])).content.decode()
    assert "Your own, not approved yet" in browser(ines).get(reverse("workspace:approvals")).content.decode()
    browser(ines).post(reverse("workspace:hand_in"), {"entry": waiting[1].pk})
    assert set(TimeEntry.objects.values_list("state", flat=True)) == {"submitted"}


def test_nobody_decides_on_what_is_not_theirs_to_decide(waiting, ines):
    answer = browser(ines).post(reverse("workspace:approvals"), {"entry": waiting[0].pk, "verdict": "approve"}, follow=True)
    assert "Mark what you decide on first." in answer.content.decode()
    assert set(TimeEntry.objects.values_list("state", flat=True)) == {"submitted"}


def test_the_week_costs_the_same_however_much_waits(waiting, acorn, mara, ines):
    def queries():
        person = browser(mara)
        person.get(reverse("workspace:approvals"))
        with CaptureQueriesContext(
            connection,
        ) as seen:
            person.get(reverse("workspace:approvals"))
        return len(seen)

    few = queries()
    for minutes in range(1, 12):
        log(ines, acorn, minutes=minutes)
    assert queries() == few


def test_all_terms_are_typed_into_one_form(acorn, mara):
    typed = {
        "starts_on": in_days(10),
        "included_minutes": "12h",
        "fee": "2500",
        "period_unit": "quarter",
        "anchor_day": "15",
        "anchor_month": "2",
        "proration": "none",
        "overage": "absorb",
        "overage_rate": "",
        "carry_periods": "2",
        "carry_cap_percent": "",
        "carry_cap_minutes": "6",
        "borrow_limit_minutes": "2h30",
        "rounding_increment_minutes": "15",
        "rounding_mode": "up",
        "rounding_minimum_minutes": "30",
        "rounding_scope": "day_and_ticket",
        "weights": "after_hours 150\nweekend 200",
        "thresholds": "75",
        "grace_days": "5",
    }
    answer = browser(mara).post(reverse("workspace:new_terms", args=[acorn.engagement.pk]), typed)
    assert answer.status_code == 302, answer.content.decode()
    agreed = acorn.engagement.terms.latest("starts_on")
    assert (agreed.period_unit, agreed.anchor_day, agreed.proration, agreed.overage) == ("quarter", 15, "none", "absorb")
    assert agreed.anchor_month == 2
    assert (agreed.carry_periods, agreed.carry_cap_percent, agreed.carry_cap_minutes, agreed.borrow_limit_minutes) == (2, None, 360, 150)
    assert (agreed.rounding_increment_minutes, agreed.rounding_mode, agreed.rounding_minimum_minutes) == (15, "up", 30)
    assert (agreed.rounding_scope, agreed.weights, agreed.grace_days) == ("day_and_ticket", {"after_hours": 150, "weekend": 200}, 5)
    shown = browser(mara).get(reverse("workspace:new_terms", args=[acorn.engagement.pk])).content.decode()
    assert "after_hours 150" in shown
    assert 'value="2h30"' in shown
    assert '<option value="2" selected>February, May, August and November' in shown


def test_whoever_logs_sees_that_it_waits_and_whoever_decides_sees_how_much(acorn, ines, ada, mara):
    Engagement.objects.filter(pk=acorn.engagement.pk).update(needs_approval=True, lead=mara)
    desk = browser(ines)
    said = desk.post(reverse("workspace:log"), {"line": "1h ACM sorted the mail"}, follow=True).content.decode()
    assert "It waits for a yes." in said
    entry = TimeEntry.objects.get(note="sorted the mail")
    for place in ("today", "week", "approvals"):
        assert "waits for a yes" in desk.get(reverse(f"workspace:{place}")).content.decode(), place
    for person, count in ((ada, True), (mara, True), (ines, False)):
        page = browser(person).get(reverse("workspace:today")).content.decode()
        assert ('Approvals<span class="count">1</span>' in page) is count
    desk.post(reverse("workspace:hand_in"), {"entry": entry.pk, "do": "withdraw"})
    assert TimeEntry.objects.get(pk=entry.pk).state == "draft"
    assert 'Approvals<span class="count">' not in browser(ada).get(reverse("workspace:today")).content.decode()
