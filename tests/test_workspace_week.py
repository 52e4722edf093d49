"""The week as a grid: typed into, copied, moved, and taken back within ten minutes."""

import datetime as dt
import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.actors import MemberRole
from billing.actions import SomeRefused, Work, Write, reject_time, write_together
from billing.models import TimeEntry
from events.models import Event
from tests import cast
from tests.cast import text

MONDAY = dt.date(2026, 11, 16)
WEEK = {"of": MONDAY.isoformat()}


def address(**more):
    return f"{reverse('workspace:week')}?" + "&".join(f"{name}={value}" for name, value in ({**WEEK, **more}).items())


def typed(page, **cells):
    """The form of the grid as a browser without JavaScript sends it, with some cells typed anew."""
    html = page.content.decode()
    grid = html[html.index('id="grid"') :]
    inputs = (re.search(r'name="([^"]+)"', tag) and tag for tag in re.findall(r"<input[^>]*>", grid[: grid.index("</form>")]))
    found = {}
    for tag in filter(None, inputs):
        value = re.search(r'value="([^"]*)"', tag)
        found[re.findall(r'name="([^"]+)"', tag)[0]] = value[1] if value else ""
    return found | {name.replace("_", "-"): value for name, value in cells.items()}


@pytest.fixture
def acorn(firm, mara):
    return cast.make_company("Acorn Mills", "ACM", lead=mara, starts_on=dt.date(2026, 10, 1))


@pytest.fixture
def ticket(acorn, priya, ines):
    return cast.ask(priya, acorn, subject="Clause library answers from 2024")


@pytest.fixture
def desk(browser, ines):
    return browser(ines)


def seconds_by_day():
    return {(entry.work_date - MONDAY).days: entry.raw_seconds for entry in TimeEntry.objects.filter(work_date__gte=MONDAY)}


def test_work_stands_in_rows_and_days_with_sums_both_ways(desk, ines, acorn, ticket):
    cast.log(ines, acorn, minutes=90, on=MONDAY, ticket=ticket)
    cast.log(ines, acorn, minutes=45, on=MONDAY + dt.timedelta(days=2), ticket=ticket)
    cast.log(ines, acorn, minutes=60, on=MONDAY)
    page = text(desk.get(address()))
    assert 'aria-label="Clause library answers from 2024, Monday 16 November"' in page
    assert 'value="1.5"' in page
    assert 'value="0.75"' in page
    assert "2.25 h</td>" in page
    assert '<td class="n" role="cell">2.5</td>' in page
    assert '<td class="n" role="cell">3.25 h</td>' in page
    assert page.count('class="is-rest"') == 4


def test_one_form_logs_into_empty_cells_changes_one_and_empties_another(desk, ines, acorn, ticket):
    kept = cast.log(ines, acorn, minutes=90, on=MONDAY, ticket=ticket, note="Index")
    cast.log(ines, acorn, minutes=60, on=MONDAY + dt.timedelta(days=1), ticket=ticket)
    answer = desk.post(
        address(), typed(desk.get(address()), cell_0_0="1h45", cell_0_1="", cell_0_2="1:30", cell_0_3="2", cell_0_4="9:15-10:45")
    )
    assert answer["Location"] == address()
    assert seconds_by_day() == {0: 6300, 2: 5400, 3: 7200, 4: 5400}
    kept.refresh_from_db()
    assert (kept.note, kept.raw_seconds) == ("Index", 6300)
    assert TimeEntry.objects.get(work_date=MONDAY + dt.timedelta(days=4)).started_at.hour == 9


def test_what_cannot_be_read_stands_at_its_cell_and_nothing_typed_is_lost(desk, ines, acorn, ticket):
    cast.log(ines, acorn, minutes=90, on=MONDAY, ticket=ticket)
    answer = desk.post(address(), typed(desk.get(address()), cell_0_1="soon", cell_0_2="2h", cell_0_3="90"))
    page = text(answer)
    assert answer.status_code == 422
    assert re.search(r'id="cell-0-1"[^>]*value="soon"[^>]*aria-invalid="true" aria-describedby="wrong-0-1"', page)
    assert 'value="2h"' in page
    assert "90 hours are more than a day. Write 90m for minutes." in page
    assert seconds_by_day() == {0: 5400}


def test_a_rule_that_is_broken_stands_at_its_cell_too(desk, ines, acorn, ticket):
    cast.log(ines, acorn, minutes=90, on=MONDAY, ticket=ticket)
    desk.post(address(), typed(desk.get(address()), cell_0_1="9:00-10:00"))
    other = cast.ask(cast.make_contact("Olga Owner", acorn, MemberRole.OWNER), acorn)
    form = typed(desk.post(address(), typed(desk.get(address()), add=other.reference)), cell_1_1="9:30-10:30", cell_1_2="1h")
    answer = desk.post(address(), form)
    assert answer.status_code == 422
    assert "You logged ACM-1 from 09:00 to 10:00." in text(answer)
    assert len(seconds_by_day()) == 2


def test_a_cell_that_was_changed_meanwhile_is_not_overwritten(desk, ines, acorn, ticket):
    cast.log(ines, acorn, minutes=90, on=MONDAY, ticket=ticket)
    form = typed(desk.get(address()), cell_0_1="1h", cell_0_0="")
    TimeEntry.objects.update(raw_seconds=7200)
    answer = desk.post(address(), form)
    assert answer.status_code == 422
    assert "It was changed meanwhile and holds 2 now." in text(answer)
    assert seconds_by_day() == {0: 7200}


def test_a_cell_left_alone_keeps_its_seconds(desk, ines, acorn, ticket):
    cast.log(ines, acorn, minutes=90, on=MONDAY, ticket=ticket)
    TimeEntry.objects.update(raw_seconds=3545)
    desk.post(address(), typed(desk.get(address()), cell_0_1="1h"))
    assert seconds_by_day() == {0: 3545, 1: 3600}


def test_more_in_a_cell_of_several_entries_adds_one_and_less_is_refused(desk, ines, acorn, ticket):
    for _ in range(2):
        cast.log(ines, acorn, minutes=60, on=MONDAY, ticket=ticket)
    desk.post(address(), typed(desk.get(address()), cell_0_0="2.5"))
    assert sorted(TimeEntry.objects.values_list("raw_seconds", flat=True)) == [1800, 3600, 3600]
    assert "Several entries make this up" in text(desk.post(address(), typed(desk.get(address()), cell_0_0="1")))
    assert "Several entries make this up" in text(desk.post(address(), typed(desk.get(address()), cell_0_0="")))


def test_a_row_is_added_by_ticket_or_client_and_what_was_typed_stays(desk, ines, acorn, ticket):
    cast.log(ines, acorn, minutes=90, on=MONDAY, ticket=ticket)
    page = desk.post(address(), typed(desk.get(address()), cell_0_1="1h", add="acm") | {"area": "reporting"})
    assert page.status_code == 200
    form = typed(page, cell_1_2="45m")
    assert form["cell-0-1"] == "1h"
    desk.post(address(), form)
    assert seconds_by_day() == {0: 5400, 1: 3600, 2: 2700}
    assert TimeEntry.objects.get(raw_seconds=2700).service_area == "reporting"
    lost = desk.post(address(), typed(desk.get(address()), add="XYZ-9", cell_0_3="1h"))
    assert lost.status_code == 422
    assert 'value="XYZ-9"' in text(lost)
    assert 'value="1h"' in text(lost)


def test_a_row_says_how_much_its_retainer_is_over(desk, ines, acorn, ticket):
    cast.log(ines, acorn, minutes=26 * 60, on=MONDAY, ticket=ticket)
    over = TimeEntry.objects.get().period.over_minutes
    assert over > 0
    page = text(desk.get(address()))
    assert f"{over / 60:g} h over</a>" in page
    assert "nothing here was refused" in page


def test_the_sum_of_a_day_is_written_as_the_cells_above_it(desk, ines, acorn, ticket):
    cast.log(ines, acorn, minutes=151, on=MONDAY, ticket=ticket)
    page = text(desk.get(address()))
    assert 'value="2h31"' in page
    assert '<td class="n" role="cell">2h31</td>' in page
    assert '<td class="n" role="cell">2 h 31 min</td>' in page


def test_two_rows_of_one_ticket_say_which_area_each_is_of(desk, ines, acorn, ticket):
    cast.log(ines, acorn, minutes=90, on=MONDAY, ticket=ticket)
    assert "prompt optimisation" not in text(desk.get(address())).partition('id="grid"')[2].partition("</table>")[0]
    other = TimeEntry.objects.get()
    other.pk, other._state.adding, other.service_area = uuid4(), True, "team_support"
    TimeEntry.objects.bulk_create([other])
    grid = text(desk.get(address())).partition('id="grid"')[2].partition("</table>")[0]
    assert "ACM-1 · prompt optimisation · Acorn Mills" in grid
    assert "ACM-1 · team support · Acorn Mills" in grid
    assert 'aria-label="Clause library answers from 2024, team support, Monday 16 November"' in grid


def test_last_weeks_rows_come_without_their_minutes(desk, ines, acorn, ticket):
    cast.log(ines, acorn, minutes=90, on=MONDAY - dt.timedelta(days=7), ticket=ticket)
    page = desk.get(address(rows="last"))
    form = typed(page, cell_0_1="1h")
    assert "Clause library" in text(page)
    assert form["cell-0-0"] == ""
    assert desk.post(address(rows="last"), form)["Location"] == address(rows="last")
    assert seconds_by_day() == {1: 3600}


def test_last_week_is_copied_with_its_hours_once_and_taken_back(desk, ines, acorn, ticket):
    for day, minutes in ((0, 90), (1, 45)):
        cast.log(ines, acorn, minutes=minutes, on=MONDAY - dt.timedelta(days=7 - day), ticket=ticket, note="Review")
    cast.log(ines, acorn, minutes=10, on=MONDAY + dt.timedelta(days=1), ticket=ticket)
    answer = desk.post(reverse("workspace:copy_week"), WEEK, follow=True)
    assert seconds_by_day() == {0: 5400, 1: 600}
    assert "One entry is copied." in text(answer)
    assert "There was nothing to copy" in text(desk.post(reverse("workspace:copy_week"), WEEK, follow=True))
    assert "Taken back." in text(desk.post(reverse("workspace:undo"), follow=True))
    assert seconds_by_day() == {1: 600}


def test_an_entry_moves_to_another_day_with_its_clock(desk, ines, acorn, ticket):
    desk.post(reverse("workspace:log"), {"line": f"{MONDAY} 9:00-10:00 ACM-1 index"})
    entry = TimeEntry.objects.get()
    answer = desk.post(reverse("workspace:move_entry", args=[entry.pk]), {"day": "2026-11-18"})
    assert answer["Location"] == f"{reverse('workspace:week')}?of=2026-11-18"
    entry.refresh_from_db()
    assert (entry.work_date, entry.started_at.isoformat()) == (dt.date(2026, 11, 18), "2026-11-18T09:00:00+00:00")
    desk.post(reverse("workspace:undo"))
    entry.refresh_from_db()
    assert (entry.work_date, entry.note) == (MONDAY, "index")


def test_a_deleted_entry_comes_back_as_it_was(desk, ines, acorn, ticket):
    entry = cast.log(ines, acorn, minutes=90, on=MONDAY, ticket=ticket, note="Index")
    TimeEntry.objects.filter(pk=entry.pk).update(state="submitted", import_key="toggl:1")
    before = TimeEntry.objects.values().get()
    page = desk.post(reverse("workspace:delete_entry", args=[entry.pk]), follow=True)
    assert "Undo" in text(page)
    assert not TimeEntry.objects.exists()
    desk.post(reverse("workspace:undo"))
    after = TimeEntry.objects.values().get()
    assert {name: value for name, value in after.items() if name != "updated_at"} == {
        name: value for name, value in before.items() if name != "updated_at"
    }
    assert list(Event.objects.about(entry).order_by("at", "pk").values_list("kind", flat=True)) == [
        "time.logged",
        "time.deleted",
        "time.restored",
    ]
    acorn.period.refresh_from_db()
    assert acorn.period.used_minutes == 90


def test_a_saved_week_is_taken_back_whole(desk, ines, acorn, ticket):
    cast.log(ines, acorn, minutes=90, on=MONDAY, ticket=ticket)
    cast.log(ines, acorn, minutes=60, on=MONDAY + dt.timedelta(days=1), ticket=ticket)
    desk.post(address(), typed(desk.get(address()), cell_0_0="3", cell_0_1="", cell_0_2="1h"))
    assert seconds_by_day() == {0: 10800, 2: 3600}
    desk.post(reverse("workspace:undo"))
    assert seconds_by_day() == {0: 5400, 1: 3600}


def test_what_the_line_logged_is_taken_back_once(desk, ines, acorn, ticket):
    page = desk.post(reverse("workspace:log"), {"line": "90m ACM-1"}, follow=True)
    assert reverse("workspace:undo") in text(page)
    desk.post(reverse("workspace:undo"))
    assert not TimeEntry.objects.exists()
    assert "There is nothing to take back." in text(desk.post(reverse("workspace:undo"), follow=True))


def test_what_somebody_changed_since_stands(desk, browser, mara, ines, acorn, ticket):
    desk.post(reverse("workspace:log"), {"line": "90m ACM-1"})
    TimeEntry.objects.update(raw_seconds=60)
    assert "It was changed since" in text(desk.post(reverse("workspace:undo"), follow=True))
    assert TimeEntry.objects.get().raw_seconds == 60


def test_after_ten_minutes_it_stands(desk, ines, acorn, ticket):
    desk.post(reverse("workspace:log"), {"line": "90m ACM-1"})
    session = desk.session
    session["undo"] = session["undo"] | {"at": (timezone.now() - dt.timedelta(minutes=11)).isoformat()}
    session.save()
    assert reverse("workspace:undo") not in text(desk.get(address()))
    assert "Ten minutes are over" in text(desk.post(reverse("workspace:undo"), follow=True))
    assert TimeEntry.objects.exists()


def test_nobody_types_into_a_row_of_a_client_they_do_not_see(desk, ines, acorn, cobalt, nadia):
    hidden = cast.ask(nadia, cobalt)
    for row in (f"{cobalt.engagement.pk}..reporting.included", f"{acorn.engagement.pk}.{hidden.pk}.reporting.included", "x", "a.b.c.d"):
        answer = desk.post(address(), {"row-0": row, "was-0": ";;;;;;", "cell-0-0": "1h"})
        assert answer.status_code == 404
    assert (
        desk.post(address(), {"row-0": f"{acorn.engagement.pk}..reporting.included", "was-0": "x:y", "cell-0-0": "1h"}).status_code == 404
    )
    assert not TimeEntry.objects.exists()


def test_all_that_is_refused_is_named_and_nothing_written(acorn, ines):
    good = Work(service_area="reporting", raw_seconds=60, work_date=MONDAY)
    never = Work(service_area="reporting", raw_seconds=60, work_date=dt.date(2027, 1, 1))
    writes = [Write(engagement=acorn.engagement, work=work) for work in (good, never, never)]
    with pytest.raises(SomeRefused) as refused:
        write_together(actor=cast.actor(ines), writes=writes)
    assert sorted(refused.value.refusals) == [1, 2]
    assert not TimeEntry.objects.exists()


def test_the_grid_costs_the_same_for_one_row_and_for_thirty(desk, ines, acorn, priya):
    def cost():
        with CaptureQueriesContext(connection) as asked:
            desk.get(address(rows="last"))
        return len(asked)

    def work():
        ticket = cast.ask(priya, acorn)
        for back in (0, 7):
            cast.log(ines, acorn, minutes=7, on=MONDAY - dt.timedelta(days=back), ticket=ticket)

    work()
    cost()
    few = cost()
    for _ in range(29):
        work()
    assert cost() == few <= 25


def test_last_week_is_copied_without_what_was_sent_back_and_no_week_counts_it(acorn, desk, ines, ada):
    before = MONDAY - dt.timedelta(days=7)
    entries = [cast.log(ines, acorn, minutes=minutes, on=before + dt.timedelta(days=minutes // 60)) for minutes in (60, 150)]
    reject_time(actor=cast.actor(ada), entries=entries[1:], reason="Wrong client")
    page = desk.get(reverse("workspace:week"), {"of": str(before)}).context
    assert (page["minutes"], [row.minutes for row in page["rows"]], [share.minutes for share in page["shares"]]) == (60, [60], [60])
    desk.post(reverse("workspace:copy_week"), WEEK)
    assert seconds_by_day() == {1: 3600}


def test_time_that_was_sent_back_is_marked_in_its_cell_and_stands_outside_every_sum(acorn, desk, ines, ada, ticket):
    cast.log(ines, acorn, minutes=90, on=MONDAY, ticket=ticket)
    back = cast.log(ines, acorn, minutes=60, on=MONDAY + dt.timedelta(days=1), ticket=ticket)
    reject_time(actor=cast.actor(ada), entries=[back], reason="Which clause?")
    shown = desk.get(address())
    page = text(shown)
    assert page.count('class="is-back"') == 1
    assert "Tue: 1 h sent back, in no sum" in page
    assert '<td class="n" role="cell">1.5 h</td>' in page
    assert '<td class="n" role="cell">0</td>' in page
    assert shown.context["counted_minutes"] == 90
    desk.post(address(), typed(shown, cell_0_1="0.75"))
    back.refresh_from_db()
    assert (back.state, back.raw_seconds) == ("approved" if not acorn.engagement.needs_approval else "submitted", 45 * 60)


def test_beside_time_that_counts_a_cell_shows_that_alone_and_names_what_was_sent_back(acorn, desk, ines, ada, ticket):
    kept = cast.log(ines, acorn, minutes=90, on=MONDAY, ticket=ticket)
    back = cast.log(ines, acorn, minutes=60, on=MONDAY, ticket=ticket)
    reject_time(actor=cast.actor(ada), entries=[back], reason="Twice")
    shown = desk.get(address())
    page = text(shown)
    assert 'value="1.5"' in page
    assert "Mon: 1 h sent back, in no sum" in page
    assert 'class="is-back"' not in page
    desk.post(address(), typed(shown, cell_0_0="2"))
    kept.refresh_from_db()
    back.refresh_from_db()
    assert (kept.raw_seconds, back.raw_seconds, back.state) == (7200, 3600, "rejected")


def test_of_several_entries_that_were_sent_back_each_is_said_anew_by_itself(acorn, desk, ines, ada, ticket):
    """More than both typed over them would log only what exceeds them, beside two that count nothing."""
    back = [cast.log(ines, acorn, minutes=60, on=MONDAY, ticket=ticket) for _ in range(2)]
    reject_time(actor=cast.actor(ada), entries=back, reason="Which clause?")
    answer = desk.post(address(), typed(desk.get(address()), cell_0_0="3"))
    assert answer.status_code == 422
    assert "Several entries of this day were sent back." in text(answer)
    assert 'value="3"' in text(answer)
    assert sorted(TimeEntry.objects.values_list("raw_seconds", "state")) == [(3600, "rejected")] * 2
