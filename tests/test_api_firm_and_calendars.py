"""A program sets up what people set up on pages: calendars, what reaches them, the logo, contracts, trials of imports, parts."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.actors import MemberRole
from accounts.models import CalendarVersion, Firm
from billing.models import ImportRun
from engagements.actions import add_component
from engagements.models import Component
from tests import cast
from tests.api_cast import Program, refused, results, url
from tests.test_the_firms_look import picture

pytestmark = pytest.mark.django_db

OFFICE = {"name": "Office", "zone": "Europe/Berlin", "windows": [[0, 540, 1020], [1, 540, 1020]]}


@pytest.fixture
def admin(ada, key):
    return Program(key(ada))


def test_a_calendar_is_opened_and_its_hours_said_anew(admin):
    year = timezone.localdate().year
    opened = admin.post("calendars", OFFICE | {"closed_on_holidays_of": {"country": "DE", "region": "BY"}})
    assert opened.status_code == 201, opened.content
    calendar = opened.json()
    assert calendar["windows"] == [[0, 540, 1020], [1, 540, 1020]]
    assert calendar["days"][f"{year}-12-25"] == []
    path = f"calendars/{calendar['id']}"
    changed = admin.patch(path, {"days": {f"{year}-12-24": [[540, 720]]}}, If_Match=admin.get(path)["ETag"])
    assert changed.json()["days"] == {f"{year}-12-24": [[540, 720]]}
    assert changed.json()["windows"] == calendar["windows"], "what is left out stays"
    assert CalendarVersion.objects.filter(calendar=calendar["id"]).count() == 2, "the hours before stay"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"windows": [[9, 540, 1020]]}, "bad-calendar"),
        ({"windows": []}, "never-open"),
        ({"days": {"Christmas": []}}, "invalid-body"),
        ({"windows": [[0, 540]]}, "invalid-body"),
        ({"closed_on_holidays_of": {"country": "XX"}}, "bad-calendar"),
    ],
)
def test_hours_that_no_clock_shows_are_refused_by_name(admin, said, code):
    refused(admin.post("calendars", OFFICE | said), 422, code)


def test_only_admins_and_leads_say_when_the_firm_works(ines, priya, acorn, key):
    for person in (ines, priya):
        refused(Program(key(person)).post("calendars", OFFICE), 403, "not-allowed")


def test_everybody_chooses_what_reaches_them_and_hours_only_an_owner(rob, acorn, key):
    program = Program(key(rob))
    assert program.get("notices/choices").json() == {"talk": "mail", "steps": "mail", "decisions": "mail"}
    assert program.patch("notices/choices", {"talk": "here"}).json() == {"talk": "here", "steps": "mail", "decisions": "mail"}
    refused(program.patch("notices/choices", {"hours": "mail"}), 409, "conflict")
    owner = Program(key(cast.make_contact("Olga Owner", acorn, MemberRole.OWNER)))
    assert owner.patch("notices/choices", {"hours": "mail"}).json()["hours"] == "mail"


def test_the_logo_is_hung_and_taken_down(admin, ines, key):
    def send(program, file):
        return program.http.post(url("firm/logo"), {"file": file})

    hung = send(admin, picture())
    assert hung.json()["logo"] == f"/logo/{Firm.objects.the().logo_id}.png"
    refused(send(admin, SimpleUploadedFile("logo.png", b"no picture")), 409, "conflict")
    refused(send(Program(key(ines)), picture()), 403, "not-allowed")
    assert admin.delete("firm/logo").status_code == 204
    assert admin.get("firm").json()["logo"] is None


def test_a_contract_is_filed_and_read_by_who_leads(admin, ines, priya, acorn, key):
    path = f"engagements/{acorn.engagement.pk}/contracts"
    filed = admin.http.post(url(path), {"file": SimpleUploadedFile("signed.txt", b"We agree.\n", "text/plain")})
    assert filed.status_code == 201, filed.content
    assert [row["name"] for row in results(admin.get(path))] == ["signed.txt"]
    assert b"".join(admin.get(f"contracts/{filed.json()['id']}/content").streaming_content) == b"We agree.\n"
    for person in (ines, priya):
        refused(Program(key(person)).get(path), 404, "not-found")
        refused(Program(key(person)).get(f"contracts/{filed.json()['id']}/content"), 404, "not-found")


def test_a_trial_is_imported_for_good_once_it_is_done(admin):
    done = ImportRun.objects.create(mapping_name="toggl", zone="UTC", is_dry=True, state=ImportRun.State.DONE, ended_at=timezone.now())
    real = admin.post(f"imports/{done.pk}/confirmation")
    assert real.status_code == 202, real.content
    assert (real.json()["dry_run"], real.json()["mapping"]) == (False, "toggl")
    refused(admin.post(f"imports/{real.json()['id']}/confirmation"), 409, "conflict")


def test_a_part_is_taken_out_of_its_system(admin, rob, ines, acorn, key):
    part = add_component(actor=cast.actor(ines), system=acorn.system, name="Index", kind="data")
    ticket = cast.ask(rob, acorn)
    type(ticket).objects.filter(pk=ticket.pk).update(system=acorn.system, component=part)
    refused(Program(key(rob)).delete(f"components/{part.pk}"), 403, "not-allowed")
    assert admin.delete(f"components/{part.pk}").status_code == 204
    assert not Component.objects.exists()
    ticket.refresh_from_db()
    assert (ticket.system_id, ticket.component_id) == (acorn.system.pk, None)


def test_all_mail_that_was_given_up_is_sent_again(browser, ada, rob, acorn):
    from_page = browser(ada).post(url("deliveries/resending"), json.dumps({}), content_type="application/json")
    assert from_page.json() == {"resent": 0}
