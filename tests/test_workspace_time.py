"""Logging time from the workspace: the line read back, the timer, the week, and changing what was logged."""

import datetime as dt

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from billing.actions import Work, log_time, start_timer
from billing.models import TimeEntry, Timer
from billing.models.ledger import balances
from tests import cast
from tests.closing_cast import day, keep

HTMX = {"HX-Request": "true"}
SPACE = "\N{NO-BREAK SPACE}"


def balance(company):
    return balances([company.engagement], today=timezone.localdate())[company.engagement.pk]


@pytest.fixture
def ticket(acorn, priya, ines):
    return cast.ask(priya, acorn, subject="Clause library answers from the 2024 edition")


def test_a_line_is_read_back_before_it_is_saved(browser, ines, acorn, ticket):
    cast.log(ines, acorn, minutes=45)
    read = browser(ines).get(reverse("workspace:reading"), {"line": "1h30 ACM-1 re-indexed"}, headers=HTMX).content.decode()
    words = " ".join(read.replace(SPACE, " ").split())
    assert "Reads as" in words
    assert "<b>1.5 h</b>" in words
    assert "ACM-1 Clause library" in words
    assert "covered" in words
    assert "Acorn Mills has 9.25 h left, then 7.75 h left" in words
    assert not TimeEntry.objects.filter(note="re-indexed").exists()


def said_of(answer):
    return " ".join(answer.content.decode().replace(SPACE, " ").replace("&#x27;", "'").split())


def line_of(browser, person, line):
    return said_of(browser(person).get(reverse("workspace:reading"), {"line": line}, headers=HTMX))


def toast_of(browser, person, line):
    answer = browser(person).post(reverse("workspace:log"), {"line": line})
    return [str(message).replace(SPACE, " ") for message in get_messages(answer.wsgi_request)]


def test_a_line_tells_the_balance_of_the_period_its_day_belongs_to(browser, mara):
    kept = keep(mara)
    kept.use(2, 1140)
    line = f"{day(2, 20)} 2h KEE long migration"
    read = line_of(browser, mara, line)
    assert "partly over" in read
    assert "Keeper KEE has 1 h left, then 1 h over (1 to 28 Feb)" in read
    assert toast_of(browser, mara, line) == ["Logged 2 h on Keeper KEE. 1 to 28 Feb: 1 h over."]


def test_a_line_says_before_it_is_saved_that_a_closed_day_counts_late_elsewhere(browser, mara):
    kept = keep(mara)
    kept.close(1)
    line = f"{day(1, 20)} 2h KEE forgotten"
    assert "counts as late time in 1 to 28 Feb" in line_of(browser, mara, line)
    assert "late time" not in line_of(browser, mara, f"{day(2, 20)} 2h KEE remembered")
    (toast,) = toast_of(browser, mara, line)
    assert "1 to 28 Feb" in toast
    assert TimeEntry.objects.get(note="forgotten").period == kept.month(2)


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("14 Oct 1h ACM", "Write the day first, as 2"),
        ("2h Acorn the report", "Acorn Mills is written ACM: 1h30 ACM"),
        ("2h acm the report", "Acorn Mills is written ACM: 1h30 ACM"),
        ("2h something else", "a ticket like ACM-1, or the client's code like ACM"),
    ],
)
def test_what_names_no_client_is_told_how_to_name_it(browser, ines, ticket, line, advice):
    assert advice in line_of(browser, ines, line)


def test_a_new_firm_reads_its_own_codes_and_nobody_elses_as_examples(browser, ines, tomas, cobalt):
    assert "1h30 CBF-1" in said_of(browser(tomas).get(reverse("workspace:today")))
    assert "CBF" not in said_of(browser(ines).get(reverse("workspace:today")))


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("1.5 ACM-1 x", "1.5 of what?"),
        ("1h30", "Say on what"),
        ("45m CBF-1 x", "No ticket is called CBF-1."),
        ("0m ACM-1", "is no time at all"),
        ("soon ACM-1", "No time can be read"),
    ],
)
def test_what_cannot_be_read_is_told_while_typing_and_refused_when_sent(browser, ines, cobalt, nadia, ticket, line, sentence):
    cast.ask(nadia, cobalt)
    assert sentence in browser(ines).get(reverse("workspace:reading"), {"line": line}).content.decode()
    refused = browser(ines).post(reverse("workspace:log"), {"line": line})
    assert refused.status_code == 422
    assert sentence in refused.content.decode()
    assert not TimeEntry.objects.exists()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_refusal_takes_the_place_of_what_was_logged_before_it(browser, ines, ticket, headers):
    typing = browser(ines)
    logged = typing.post(reverse("workspace:log"), {"line": "1h ACM-1"}, follow=True).content.decode()
    assert reverse("workspace:undo") in logged
    refused = typing.post(reverse("workspace:log"), {"line": "soon ACM-1"}, headers=headers)
    assert (refused.status_code, "No time can be read" in refused.content.decode()) == (422, True)
    assert "Logged 1" not in refused.content.decode()
    assert reverse("workspace:undo") not in refused.content.decode()
    assert reverse("workspace:undo") in typing.get(reverse("workspace:today")).content.decode(), "it can still be taken back"


def test_the_line_logs_the_same_with_and_without_javascript(browser, ines, ticket):
    plain = browser(ines).post(reverse("workspace:log"), {"line": "1h30 acm-1 re-indexed"})
    assert plain["Location"] == reverse("workspace:today")
    swapped = browser(ines).post(reverse("workspace:log"), {"line": "yesterday 45m ACM-1 re-indexed"}, headers=HTMX)
    assert swapped.status_code == 200
    page = swapped.content.decode()
    assert "<html" not in page
    assert 'id="today"' in page
    assert f"Logged 0.75{SPACE}h on ACM-1." in page
    logged = TimeEntry.objects.order_by("pk").values_list("raw_seconds", "work_date", "note", "ticket", "person", "service_area")
    today = timezone.localdate()
    assert list(logged) == [
        (5400, today, "re-indexed", ticket.pk, ines.pk, "team_support"),
        (2700, today - dt.timedelta(days=1), "re-indexed", ticket.pk, ines.pk, "team_support"),
    ]


def test_the_toast_says_what_the_client_has_left(browser, ines, ticket):
    said = [str(message) for message in get_messages(browser(ines).post(reverse("workspace:log"), {"line": "90m ACM-1"}).wsgi_request)]
    assert said == [f"Logged 1.5{SPACE}h on ACM-1. 8.5{SPACE}h left."]


def test_time_is_logged_on_a_client_by_its_code(browser, ines, acorn):
    browser(ines).post(reverse("workspace:log"), {"line": "90m ACM planning"})
    entry = TimeEntry.objects.get()
    assert (entry.engagement, entry.ticket, entry.note) == (acorn.engagement, None, "planning")


def test_work_beyond_the_hours_is_logged_and_called_over(browser, ines, acorn, ticket):
    cast.log(ines, acorn, minutes=10 * 60)
    read = browser(ines).get(reverse("workspace:reading"), {"line": "1h ACM-1"}).content.decode()
    assert '<span class="over">over</span>' in read
    assert browser(ines).post(reverse("workspace:log"), {"line": "1h ACM-1"}).status_code == 302
    assert balance(acorn).over_minutes == 60


def test_a_clash_names_the_other_entry_and_leads_to_it(browser, ines, ticket):
    browser(ines).post(reverse("workspace:log"), {"line": "yesterday 9:00-10:00 ACM-1"})
    other = TimeEntry.objects.get()
    refused = browser(ines).post(reverse("workspace:log"), {"line": "yesterday 9:59-10:01 ACM-1"})
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "You logged ACM-1 from 09:00 to 10:00." in page
    assert f'<a href="{reverse("workspace:entry", args=[other.pk])}">Open it</a>' in page
    assert 'value="yesterday 9:59-10:01 ACM-1"' in page
    assert browser(ines).post(reverse("workspace:log"), {"line": "yesterday 10:00-10:30 ACM-1"}).status_code == 302


def test_a_range_is_meant_in_the_zone_of_whoever_types_it(browser, ines, ticket):
    ines.time_zone = "America/New_York"
    ines.save()
    browser(ines).post(reverse("workspace:log"), {"line": "2026-11-20 9:15-10:45 ACM-1"})
    assert TimeEntry.objects.get().started_at == dt.datetime(2026, 11, 20, 14, 15, tzinfo=dt.UTC)


def test_a_timer_runs_in_every_top_bar_and_stops_into_an_entry(browser, ines, ticket):
    signed_in = browser(ines)
    signed_in.post(reverse("workspace:timer"), {"line": "ACM-1 looking into it"})
    for place in ("today", "clients", "week"):
        assert 'aria-label="Running timer"' in signed_in.get(reverse(f"workspace:{place}")).content.decode()
    Timer.objects.update(started_at=timezone.now() - dt.timedelta(minutes=42))
    assert signed_in.post(reverse("workspace:timer_stop"))["Location"] == reverse("workspace:today")
    entry = TimeEntry.objects.get()
    assert (entry.billed_minutes, entry.ticket, entry.note) == (42, ticket, "looking into it")
    assert 'aria-label="Running timer"' not in signed_in.get(reverse("workspace:today")).content.decode()


def test_where_a_timer_runs_another_is_offered_instead_and_stops_the_first(browser, ines, acorn, priya, ticket):
    signed_in, other = browser(ines), cast.ask(priya, acorn, subject="Another")
    here = reverse("workspace:ticket", args=[ticket.pk])
    signed_in.post(reverse("workspace:timer"), {"ticket": str(ticket.pk), "next": here})
    assert "Start here instead" not in signed_in.get(here).content.decode()
    assert "Start here instead" in signed_in.get(reverse("workspace:ticket", args=[other.pk])).content.decode()
    assert "Start here instead" in signed_in.get(reverse("workspace:today")).content.decode()
    Timer.objects.update(started_at=timezone.now() - dt.timedelta(minutes=42))
    signed_in.post(reverse("workspace:timer"), {"line": other.reference})
    assert Timer.objects.running().get().ticket == other
    assert TimeEntry.objects.get().ticket == ticket


def test_a_timer_without_a_word_asks_for_one_when_it_stops(browser, ines, ticket):
    signed_in = browser(ines)
    here = reverse("workspace:ticket", args=[ticket.pk])
    assert signed_in.post(reverse("workspace:timer"), {"ticket": str(ticket.pk), "next": here})["Location"] == here
    Timer.objects.update(started_at=timezone.now() - dt.timedelta(minutes=5))
    answer = signed_in.post(reverse("workspace:timer_stop"))
    assert answer["Location"] == reverse("workspace:entry", args=[TimeEntry.objects.get().pk])


def test_a_timer_is_thrown_away_without_a_trace_in_the_hours(browser, ines, ticket):
    signed_in = browser(ines)
    signed_in.post(reverse("workspace:timer"), {"line": "1h ACM-1 a duration before it is left aside"})
    assert Timer.objects.running().get().note == "a duration before it is left aside"
    signed_in.post(reverse("workspace:timer_discard"))
    assert not Timer.objects.running().exists()
    assert not TimeEntry.objects.exists()


def test_stopping_what_no_longer_runs_says_so(browser, ines, acorn):
    answer = browser(ines).post(reverse("workspace:timer_stop"), follow=True)
    assert "No timer runs any more." in answer.content.decode()


def test_nobody_is_sent_elsewhere_after_starting_a_timer(browser, ines, ticket):
    answer = browser(ines).post(reverse("workspace:timer"), {"ticket": str(ticket.pk), "next": "https://elsewhere.example/"})
    assert answer["Location"] == reverse("workspace:today")


def test_a_timer_is_not_started_on_a_ticket_one_does_not_see(browser, ines, cobalt, nadia):
    hidden = cast.ask(nadia, cobalt)
    assert browser(ines).post(reverse("workspace:timer"), {"ticket": str(hidden.pk)}).status_code == 404
    assert browser(ines).post(reverse("workspace:timer"), {"line": hidden.reference}).status_code == 422


@pytest.mark.parametrize("named", ["", "not-an-id", "1"])
def test_a_timer_on_nothing_that_has_a_name_is_not_found(browser, ines, acorn, named):
    assert browser(ines).post(reverse("workspace:timer"), {"ticket": named}).status_code == 404


def test_a_week_holds_ones_own_time_by_day_and_its_sums(browser, ines, mara, acorn):
    monday = dt.date(2026, 11, 16)
    cast.log(ines, acorn, minutes=90, on=monday, note="Index")
    cast.log(ines, acorn, minutes=45, on=monday + dt.timedelta(days=2), note="Samples")
    cast.log(mara, acorn, minutes=60, on=monday, note="Somebody else's")
    page = browser(ines).get(reverse("workspace:week"), {"of": "2026-11-18"}).content.decode()
    assert f"2.25{SPACE}h logged." in page
    assert page.index("Mon 16 Nov") < page.index("Index") < page.index("Wed 18 Nov") < page.index("Samples")
    assert "Somebody else" not in page
    assert "?of=2026-11-09" in page


@pytest.mark.parametrize("day", ["x", "2026-02-30", "0001-01-01", "9999-12-31"])
def test_a_week_that_no_calendar_has_is_not_found(browser, ines, acorn, day):
    assert browser(ines).get(reverse("workspace:week"), {"of": day}).status_code == 404


def entry_form(**changes):
    return {
        "work_date": timezone.localdate().isoformat(),
        "time": "1h30",
        "service_area": "reporting",
        "kind": "goodwill",
        "note": "x",
    } | changes


def test_an_entry_is_said_anew_and_the_hours_follow(browser, ines, acorn):
    entry = cast.log(ines, acorn, minutes=60)
    url = reverse("workspace:entry", args=[entry.pk])
    assert 'value="1h00"' in browser(ines).get(url).content.decode()
    assert browser(ines).post(url, entry_form(kind="included")).status_code == 302
    entry.refresh_from_db()
    assert (entry.raw_seconds, entry.service_area, entry.note) == (5400, "reporting", "x")
    assert balance(acorn).used_minutes == 90
    browser(ines).post(url, entry_form())
    assert balance(acorn).used_minutes == 0


def test_an_entry_whose_time_is_untouched_keeps_its_seconds(browser, ines, acorn):
    entry = cast.log(ines, acorn, minutes=60)
    TimeEntry.objects.filter(pk=entry.pk).update(raw_seconds=3545)
    browser(ines).post(reverse("workspace:entry", args=[entry.pk]), entry_form(time="1h00", work_date=entry.work_date.isoformat()))
    entry.refresh_from_db()
    assert (entry.raw_seconds, entry.note) == (3545, "x")


@pytest.mark.parametrize(("time", "sentence"), [("1.5", "of what?"), ("", "required"), ("11:00-9:00", "ends before it starts")])
def test_a_time_that_cannot_be_read_comes_back_with_its_sentence(browser, ines, acorn, time, sentence):
    entry = cast.log(ines, acorn, minutes=60)
    answer = browser(ines).post(reverse("workspace:entry", args=[entry.pk]), entry_form(time=time))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_changing_an_entry_into_a_clash_names_the_other(browser, ines, ticket):
    signed_in = browser(ines)
    signed_in.post(reverse("workspace:log"), {"line": "yesterday 9:00-10:00 ACM-1"})
    signed_in.post(reverse("workspace:log"), {"line": "yesterday 11:00-12:00 ACM-1"})
    first, second = TimeEntry.objects.order_by("started_at")
    day = first.work_date.isoformat()
    answer = signed_in.post(reverse("workspace:entry", args=[second.pk]), entry_form(work_date=day, time="9:30-10:30"))
    assert answer.status_code == 422
    assert "You logged ACM-1 from 09:00 to 10:00." in answer.content.decode()
    assert reverse("workspace:entry", args=[first.pk]) in answer.content.decode()


def test_a_deleted_entry_gives_its_hours_back(browser, ines, acorn):
    entry = cast.log(ines, acorn, minutes=60)
    answer = browser(ines).post(reverse("workspace:delete_entry", args=[entry.pk]))
    assert answer["Location"] == f"{reverse('workspace:week')}?of={entry.work_date.isoformat()}"
    assert not TimeEntry.objects.exists()
    assert balance(acorn).used_minutes == 0


def test_a_consultant_reads_a_colleagues_entry_but_does_not_change_it(browser, ines, mara, acorn):
    entry = cast.log(mara, acorn, minutes=60)
    url = reverse("workspace:entry", args=[entry.pk])
    assert "Delete" not in browser(ines).get(url).content.decode()
    assert browser(ines).post(url, entry_form()).status_code == 404
    browser(ines).post(reverse("workspace:delete_entry", args=[entry.pk]))
    assert TimeEntry.objects.filter(pk=entry.pk, raw_seconds=3600).exists()


def test_a_lead_changes_what_a_consultant_logged(browser, ines, mara, acorn):
    entry = cast.log(ines, acorn, minutes=60)
    assert browser(mara).post(reverse("workspace:entry", args=[entry.pk]), entry_form()).status_code == 302
    entry.refresh_from_db()
    assert (entry.kind, entry.person) == ("goodwill", ines)


def test_starting_from_the_page_stops_what_ran_before(browser, ines, acorn, ticket):
    start_timer(actor=cast.actor(ines), engagement=acorn.engagement, note="first")
    Timer.objects.update(started_at=timezone.now() - dt.timedelta(minutes=10))
    browser(ines).post(reverse("workspace:timer"), {"line": "ACM-1 second"})
    assert TimeEntry.objects.get().note == "first"
    assert Timer.objects.running().get().note == "second"


@pytest.mark.parametrize("line", ["1h ACM-1 " + "x" * 501, "1h ACM-1 \x00", "\x00", "ACM-1 " + "x" * 501])
def test_no_line_breaks_the_page(browser, ines, ticket, line):
    for name in ("log", "timer"):
        assert browser(ines).post(reverse(f"workspace:{name}"), {"line": line}).status_code in {302, 422}
    assert browser(ines).get(reverse("workspace:reading"), {"line": line}).status_code == 200
    assert browser(ines).get(reverse("workspace:search"), {"q": line}).status_code == 200
    assert browser(ines).get(reverse("workspace:tickets"), {"q": line}).status_code == 200


@pytest.mark.parametrize(("lasted", "shown"), [(dt.timedelta(hours=30), "30h00"), (dt.timedelta(hours=1, seconds=27), "09:00-10:00")])
def test_a_stretch_moved_to_another_day_keeps_every_second_of_it(browser, ada, lasted, shown):
    birch = cast.make_company("Birch Labs", "BIR", starts_on=timezone.localdate() - dt.timedelta(days=40))
    began = timezone.now().replace(hour=9, minute=0, second=11, microsecond=0) - dt.timedelta(days=4)
    work = Work(service_area="reporting", started_at=began, ended_at=began + lasted)
    entry = log_time(actor=cast.actor(ada), engagement=birch.engagement, work=work)
    address = reverse("workspace:entry", args=[entry.pk])
    form = browser(ada).get(address).context["form"].initial
    assert form["time"] == shown
    day = began.date() + dt.timedelta(days=1)
    assert browser(ada).post(address, form | {"work_date": str(day)}).status_code == 302
    entry.refresh_from_db()
    moved = began + dt.timedelta(days=1)
    assert (entry.work_date, entry.started_at, entry.ended_at) == (day, moved, moved + lasted)
