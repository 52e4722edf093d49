"""A closed period as its client reads it: on the page, in print, in a file, by API, at each level; and how it gets there."""

import io

import pytest
from django.urls import reverse
from pypdf import PdfReader

from accounts.actors import MemberRole
from accounts.errors import Conflict, NotAllowed
from accounts.models import Client, Membership, Visibility
from billing.actions import reopen_period, send_statement
from billing.models import Statement
from billing.rules.visibility import as_seen
from events.actions.webhooks import Wanted, add_webhook
from events.models import Notice
from tests.api_cast import Program
from tests.cast import ARRANGING, Company, actor, browser, key, make_contact
from tests.closing_cast import keep

LEVELS = ["balance", "tickets", "entries", "people"]


def text(response):
    return response.getvalue().decode().replace("\xa0", " ")


def printed(response):
    assert response["Content-Type"] == "application/pdf"
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages).replace("\xa0", " ")


@pytest.fixture
def kept(mara):
    """January: 200 of 600 used, 300 carried at most. February: 500 used."""
    kept = keep(mara, carry_cap_minutes=300)
    kept.use(1, 200, note="Rewrote the refund prompt")
    kept.close(1)
    kept.use(2, 500)
    return kept


@pytest.fixture
def petra(kept):
    month = kept.month(1)
    return make_contact("Petra Payer", Company(kept.client, kept.engagement, month, None), MemberRole.BILLING)  # type: ignore[arg-type]


def at_level(kept, level):
    Client.objects.filter(pk=kept.client.pk).update(visibility=level)


def january(kept):
    return Statement.objects.get(period=kept.month(1))


def test_a_closed_month_says_how_it_adds_up_on_both_sides(kept, mara, petra):
    for page in (
        browser(petra).get(reverse("portal:period", args=[kept.month(1).pk])),
        browser(mara).get(reverse("workspace:period", args=[kept.month(1).pk])),
    ):
        shown = text(page)
        assert page.status_code == 200
        for words in (
            "Granted on 1 January",
            "Covered work",
            "Expired",
            "above what is carried on",
            "Carried on",
            "Rewrote the refund prompt",
        ):
            assert words in shown


def test_the_print_holds_every_figure_and_the_same_bytes_each_time(kept, petra):
    client = browser(petra)
    url = reverse("portal:statement_pdf", args=[january(kept).pk])
    first = client.get(url)
    said = printed(first)
    figures = ("10 h", "3 h 20 min", january(kept).digest)
    for words in ("Statement of hours", "Keeper KEE", "Given", "Rewrote the refund prompt", "January hours", *figures):
        assert words in said
    assert client.get(url).content == first.content


def test_a_short_statement_is_one_page_and_a_long_one_goes_on(kept, petra):
    def pages(month):
        found = Statement.objects.get(period=kept.month(month))
        return len(PdfReader(io.BytesIO(browser(petra).get(reverse("portal:statement_pdf", args=[found.pk])).content)).pages)

    assert pages(1) == 1
    for number in range(1, 28):
        kept.use(2, 3, number, note=f"A small thing, the {number}th of them")
    kept.close(2)
    assert pages(2) == 2


@pytest.mark.parametrize("level", LEVELS)
def test_a_client_reads_as_much_as_its_level_shows_and_every_total(kept, mara, petra, level):
    at_level(kept, level)
    page = text(browser(petra).get(reverse("portal:period", args=[kept.month(1).pk])))
    pdf = printed(browser(petra).get(reverse("portal:statement_pdf", args=[january(kept).pk])))
    document = Program(key(petra)).get(f"statements/{january(kept).pk}/document").json()
    file = text(browser(petra).get(reverse("portal:period", args=[kept.month(1).pk]), {"format": "csv"}))
    answer = Program(key(petra)).get(f"statements/{january(kept).pk}/csv")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert text(answer) == file
    sees_entries = level in {"entries", "people"}
    for seen in (page, pdf, file):
        assert ("Rewrote the refund prompt" in seen) == sees_entries
        assert ("Mara" in seen) == (level == "people")
    assert document["used"] == 200
    assert bool(document["entries"]) == sees_entries
    assert bool(document["by_person"]) == (level == "people")
    assert bool(document["by_ticket"]) == (level != "balance")
    assert sum(entry["burn_minutes"] for entry in document["entries"]) == (200 if sees_entries else 0)


@pytest.mark.parametrize("level", LEVELS)
def test_the_entries_of_the_api_follow_the_level(kept, petra, level):
    at_level(kept, level)
    secret = key(petra)
    listed = Program(secret).get("time-entries").json()["results"]
    assert [entry["raw_seconds"] for entry in listed] == ([30_000, 12_000] if level in {"entries", "people"} else [])
    assert all(bool(entry["person"]) == (level == "people") for entry in listed)
    by_person = Program(secret).get(f"time-entries?person={kept.worker.pk}")
    assert by_person.status_code == (200 if level == "people" else 403)
    totals = Program(secret).get("time-entries/totals")
    by_day = Program(secret).get("time-entries/totals?work_date_after=2020-01-01")
    assert totals.status_code == (403 if level == "balance" else 200)
    assert by_day.status_code == (200 if level in {"entries", "people"} else 403)
    if level != "balance":
        assert totals.json()["raw_seconds"] == 42_000
    coverage = Program(secret).get(f"periods/{kept.month(2).pk}/coverage").json()["rows"]
    assert bool(coverage) == (level in {"entries", "people"})


def test_the_firm_reads_everything_at_every_level(kept, mara):
    at_level(kept, "balance")
    document = Program(key(mara)).get(f"statements/{january(kept).pk}/document").json()
    assert document == january(kept).document


def test_hiding_changes_no_total(kept):
    whole = january(kept).document
    for level in LEVELS:
        seen = as_seen(whole, level)
        assert {name: seen[name] for name in seen if isinstance(seen[name], int)} == {
            name: whole[name] for name in whole if isinstance(whole[name], int)
        }
    assert as_seen(whole, Visibility.PEOPLE) == whole


def test_a_sent_statement_is_told_to_those_who_pay_and_its_period_stays_closed(kept, ada, mara, petra):
    sent = send_statement(actor=actor(mara), statement=january(kept))
    again = send_statement(actor=actor(mara), statement=january(kept))
    assert again.sent_at == sent.sent_at
    assert Notice.objects.filter(person=petra, kind="statement.sent").count() == 1
    with pytest.raises(Conflict, match="was sent"):
        reopen_period(actor=actor(ada), period=kept.month(1), reason="A day was missing.")


def test_who_is_told_is_named_before_and_after_and_the_question_changes_nothing(kept, mara, petra):
    desk, address = browser(mara), reverse("workspace:statement_sending", args=[january(kept).pk])
    question = text(desk.get(address))
    assert petra.name in question
    assert petra.user.email in question
    assert january(kept).sent_at is None
    sent = desk.post(address, follow=True)
    assert f"Sent to {petra.name}." in text(sent)
    assert Notice.objects.get(person=petra, kind="statement.sent").subject == "Statement of hours, January 2026"
    assert desk.get(address).status_code == 302, "what was sent asks nothing any more"


def test_a_statement_nobody_would_read_is_not_sent(kept, mara, petra):
    Membership.objects.filter(person=petra).update(roles=[MemberRole.REQUESTER])
    address = reverse("workspace:statement_sending", args=[january(kept).pk])
    assert "Nobody would be told" in text(browser(mara).get(address))
    assert "nobody would be told" in text(browser(mara).post(address, follow=True))
    assert january(kept).sent_at is None
    assert Program(key(mara)).post(f"statements/{january(kept).pk}/sending", {}).status_code == 409
    Membership.objects.filter(person=petra).update(roles=[MemberRole.APPROVER])
    assert f"Sent to {petra.name}." in text(browser(mara).post(address, follow=True)), "where nobody pays there, whoever approves is told"


def test_consultants_send_nothing_and_superseded_statements_stay(kept, ada, ines, petra):
    with pytest.raises(NotAllowed):
        send_statement(actor=actor(ines), statement=january(kept))
    old = january(kept)
    reopen_period(actor=actor(ada), period=kept.month(1), reason="A day was missing.")
    with pytest.raises(Conflict, match="no longer stands"):
        send_statement(actor=ARRANGING, statement=old)
    assert browser(petra).get(reverse("portal:statement_pdf", args=[old.pk])).status_code == 404


def test_a_period_is_previewed_closed_and_opened_again_from_its_page(kept, ada, mara):
    desk, url = browser(mara), reverse("workspace:period_closure", args=[kept.month(2).pk])
    preview = text(desk.get(url))
    assert "Nothing has changed yet" in preview
    assert kept.month(2).closed_at is None
    desk.post(url)
    assert kept.month(2).closed_at is not None
    assert "Statement 2" in text(desk.get(reverse("workspace:period", args=[kept.month(2).pk])))
    reopening = reverse("workspace:period_reopening", args=[kept.month(2).pk])
    assert desk.post(reopening, {"reason": "No."}).status_code == 404
    refused = browser(ada).post(reopening, {"reason": " "})
    assert refused.status_code == 422
    assert "Say why" in text(refused)
    browser(ada).post(reopening, {"reason": "A day was missing."})
    assert kept.month(2).closed_at is None
    assert "superseded" in text(desk.get(reverse("workspace:period", args=[kept.month(2).pk])))


def test_a_program_previews_closes_and_opens_again(kept, ada, mara):
    secret, path = key(mara), f"periods/{kept.month(2).pk}"
    preview = Program(secret).get(f"{path}/closure").json()
    assert (preview["may_close"], preview["document"]["used"]) == (True, 500)
    closed = Program(secret).post(f"{path}/closure", {})
    assert (closed.status_code, closed.json()["closing_minutes"]) == (200, preview["document"]["closing"])
    assert Program(secret).post(f"{path}/closure", {}).json()["closed_at"] == closed.json()["closed_at"]
    assert Program(secret).post(f"{path}/reopening", {"reason": "No."}).status_code == 403
    assert Program(key(ada)).post(f"{path}/reopening", {"reason": "A day was missing."}).json()["closed_at"] is None


def test_a_period_that_runs_is_not_closed_and_says_until_when(acorn, mara):
    refused = Program(key(mara)).post(f"periods/{acorn.period.pk}/closure", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "period-not-over")


def test_the_page_of_a_closed_period_costs_the_same_at_one_and_at_many_entries(kept, petra, django_assert_max_num_queries):
    for number in range(40):
        kept.use(3, 5, number=1 + number % 27)
    kept.close(2)
    kept.close(3)
    client = browser(petra)
    with django_assert_max_num_queries(25):
        client.get(reverse("portal:period", args=[kept.month(3).pk]))


def test_a_webhook_of_a_client_hears_of_entries_only_where_its_level_shows_them(kept, petra):
    Membership.objects.filter(person=petra).update(roles=[MemberRole.OWNER])
    wanted = Wanted(url="https://hooks.example.com/tend", kinds=["time.logged"])
    webhook, _secret = add_webhook(actor=actor(petra), wanted=wanted, client=kept.client)
    at_level(kept, "tickets")
    kept.use(2, 15)
    assert not webhook.messages.exists()
    at_level(kept, "entries")
    kept.use(2, 15)
    assert webhook.messages.count() == 1


def test_an_admin_says_how_much_a_client_reads(kept, mara, ines):
    desk, url = browser(mara), reverse("workspace:edit_client", args=[kept.client.pk])
    desk.post(url, {"name": "Keeper", "time_zone": "UTC", "calendar": "", "visibility": "people"})
    kept.client.refresh_from_db()
    assert (kept.client.name, kept.client.visibility) == ("Keeper", "people")
    changed = Program(key(mara)).patch(f"clients/{kept.client.pk}", {"visibility": "balance"})
    assert (changed.status_code, changed.json()["visibility"]) == (200, "balance")
    assert desk.post(url, {"name": "Keeper", "time_zone": "UTC", "visibility": "everything"}).status_code == 422
