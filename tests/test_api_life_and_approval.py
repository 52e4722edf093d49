"""How programs pause, end and share engagements, and hand in and decide on time: the same actions, the same sentences."""

import datetime as dt

import pytest
from django.utils import timezone

from billing.models import Period, TimeEntry
from engagements.models import Engagement, Pause
from tests import cast
from tests.api_cast import Program, refused, results
from tests.cast import log

pytestmark = pytest.mark.django_db


def in_days(days):
    return (timezone.localdate() + dt.timedelta(days=days)).isoformat()


@pytest.fixture
def program(mara):
    return Program(cast.key(mara))


@pytest.fixture
def engagement(acorn):
    return f"engagements/{acorn.engagement.pk}"


def test_what_is_said_anew_is_read_back_and_the_rest_stays(program, engagement, mara):
    body = {"needs_approval": True, "committed_until": "2030-01-01", "renewal_months": 12}
    said = program.patch(engagement, body)
    assert said.status_code == 200, said.content
    assert said.json() | body == said.json()
    assert said.json()["lead"]["name"] == mara.name


def test_what_renews_needs_its_day(program, engagement):
    problem = refused(program.patch(engagement, {"renewal_months": 12}), 409, "conflict")
    assert problem["errors"][0]["pointer"] == "/committed_until"


def test_an_engagement_rests_is_resumed_and_its_pause_is_taken_back(program, engagement, acorn):
    made = program.post(f"{engagement}/pauses", {"starts_on": in_days(40), "reason": "Holidays"})
    assert made.status_code == 201, made.content
    assert [row["reason"] for row in results(program.get(f"{engagement}/pauses"))] == ["Holidays"]
    pause = f"pauses/{made.json()['id']}"
    resumed = program.post(f"{pause}/resumption", {"on": in_days(50)})
    assert resumed.json()["ends_on"] == in_days(50)
    assert program.delete(pause).status_code == 204
    assert not Pause.objects.exists()


def test_a_pause_is_read_where_it_was_made_and_taken_back_in_the_state_that_was_read(program, engagement, nadia):
    made = program.post(f"{engagement}/pauses", {"starts_on": in_days(40), "reason": "Holidays"})
    read = program.get(made["Location"])
    assert (read.json(), read["ETag"]) == (made.json(), made["ETag"])
    pause = f"pauses/{made.json()['id']}"
    refused(Program(cast.key(nadia)).get(pause), 404, "not-found")
    program.post(f"{pause}/resumption", {"on": in_days(50)})
    refused(program.delete(pause, If_Match=made["ETag"]), 412, "changed-meanwhile")
    assert program.delete(pause, If_Match=program.get(pause)["ETag"]).status_code == 204


def test_ended_with_notice_and_taken_back(program, engagement, acorn):
    problem = refused(program.post(f"{engagement}/termination", {"ends_on": in_days(1), "reason": "Sold"}), 409, "conflict")
    assert "at the soonest" in problem["detail"]
    ended = program.post(f"{engagement}/termination", {"ends_on": in_days(31), "reason": "Sold"})
    assert ended.json()["ends_on"] == in_days(31)
    assert program.delete(f"{engagement}/termination").json()["ends_on"] is None


def test_a_project_draws_on_the_hours_of_its_pool(program, engagement, acorn, ines):
    made = program.post(f"{engagement}/projects", {"name": "Quote bot"})
    assert made.status_code == 201, made.content
    body = {
        "engagement": made.json()["id"],
        "service_area": "reporting",
        "raw_seconds": 3600,
        "work_date": timezone.localdate().isoformat(),
    }
    logged = Program(cast.key(ines)).post("time-entries", body)
    assert logged.json()["engagement"]["name"] == "Quote bot"
    assert Period.objects.get(pk=acorn.period.pk).used_minutes == 60
    assert [row["name"] for row in results(program.get("engagements", draws_on=str(acorn.engagement.pk)))] == ["Quote bot"]


def test_a_client_reads_pauses_and_changes_nothing(engagement, priya, program):
    program.post(f"{engagement}/pauses", {"starts_on": in_days(40), "reason": "Holidays"})
    theirs = Program(cast.key(priya))
    assert [row["reason"] for row in results(theirs.get(f"{engagement}/pauses"))] == ["Holidays"]
    refused(theirs.post(f"{engagement}/termination", {"ends_on": in_days(90), "reason": "x"}), 403, "not-allowed")
    refused(theirs.post(f"{engagement}/projects", {"name": "x"}), 403, "not-allowed")


# Approval


@pytest.fixture
def waiting(acorn, ines):
    Engagement.objects.filter(pk=acorn.engagement.pk).update(needs_approval=True)
    return [log(ines, acorn, minutes=minutes) for minutes in (30, 60)]


def states():
    return sorted(TimeEntry.objects.values_list("state", flat=True))


def test_one_is_approved_and_one_sent_back_with_its_reason(program, waiting, ines):
    one, other = (f"time-entries/{entry.pk}" for entry in waiting)
    assert program.post(f"{one}/approval", {"verdict": "approved"}).json()["state"] == "approved"
    refused(program.post(f"{other}/approval", {"verdict": "rejected"}), 409, "conflict")
    assert program.post(f"{other}/approval", {"verdict": "rejected", "reason": "No ticket"}).json()["state"] == "rejected"
    mine = Program(cast.key(ines))
    told = results(mine.get(f"{other}/decisions"))
    assert [(row["verdict"], row["reason"], row["person"]["name"]) for row in told] == [("rejected", "No ticket", "Mara Lead")]
    assert mine.post(f"{other}/submission").json()["state"] == "submitted"
    assert mine.delete(f"{other}/submission").json()["state"] == "draft"


def test_a_week_of_a_person_is_approved_at_once(program, waiting, ines):
    body = {"verdict": "approved", "person": str(ines.pk), "work_date_after": in_days(-7), "work_date_before": in_days(0)}
    assert len(program.post("time-entries/approvals", body).json()["entries"]) == 2
    assert states() == ["approved", "approved"]


def test_nothing_is_approved_by_a_bulk_that_names_nothing(program, waiting):
    refused(program.post("time-entries/approvals", {"verdict": "approved"}), 422, "invalid-body")
    assert states() == ["submitted", "submitted"]


def test_decisions_are_never_a_clients_to_read(waiting, priya):
    theirs = Program(cast.key(priya))
    assert theirs.get(f"time-entries/{waiting[0].pk}/decisions").status_code == 404
    refused(theirs.post(f"time-entries/{waiting[0].pk}/approval", {"verdict": "approved"}), 403, "not-allowed")
