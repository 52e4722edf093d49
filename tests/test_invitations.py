"""Whoever is invited is written to in the firm's name, and comes in by the way the mail names."""

import re

import pytest
from django.core import mail
from django.test import Client as Browser

from accounts.models import Person
from events.actions import Telling, record, tell
from events.actions.delivering import drain
from events.models import Delivery, Notice
from tests.cast import actor

pytestmark = pytest.mark.django_db

NORA = {
    "staff-name": "Nora Sand",
    "staff-email": "nora@northfold.example",
    "staff-time_zone": "Europe/Oslo",
    "staff-staff_role": "consultant",
}


def contact(company):
    return {
        "contact-name": "Petra Lang",
        "contact-email": "petra@acorn.example",
        "contact-time_zone": "UTC",
        "contact-client": company.client.pk,
        "contact-roles": ["owner", "billing"],
    }


def the_mail(run_commits):
    with run_commits(execute=True):
        drain()
    [letter] = mail.outbox
    return letter


def test_a_colleague_is_invited_by_mail_in_the_firms_name(browser, ada, django_capture_on_commit_callbacks):
    assert browser(ada).post("/workspace/people/staff/", NORA).status_code == 302
    letter = the_mail(django_capture_on_commit_callbacks)
    assert letter.to == ["nora@northfold.example"]
    assert letter.subject == "You work in Northfold's workspace from now on"
    assert "Ada Admin of Northfold invites you." in letter.body
    assert "Consultant" in letter.body
    [html] = [part.content for part in letter.alternatives]
    assert "Sign in to Northfold" in html
    assert "/accounts/login/code/" in letter.body


def test_a_contact_is_told_for_whom_and_in_which_roles(browser, mara, acorn, django_capture_on_commit_callbacks):
    assert browser(mara).post("/workspace/people/contacts/", contact(acorn)).status_code == 302
    letter = the_mail(django_capture_on_commit_callbacks)
    assert letter.to == ["petra@acorn.example"]
    assert "Acorn Mills" in letter.subject
    assert "Mara Lead of Northfold invites you." in letter.body
    assert re.search(r"Billing, Owner", letter.body)


def test_the_way_the_mail_names_leads_in_by_a_code(browser, ada, django_capture_on_commit_callbacks):
    browser(ada).post("/workspace/people/staff/", NORA)
    letter = the_mail(django_capture_on_commit_callbacks)
    path = re.search(r"http://[^/\s]+(/accounts/\S+)", str(letter.body))
    assert path is not None
    nora = Browser()
    assert nora.get(path[1]).status_code == 200
    nora.post(path[1], {"email": NORA["staff-email"]})
    code = re.search(r"^\s*([0-9A-Z][0-9A-Z-]{4,12})\s*$", str(mail.outbox[1].body), re.MULTILINE)
    assert code is not None, mail.outbox[1].body
    nora.post("/accounts/login/code/confirm/", {"code": code[1]})
    assert nora.get("/").url == "/workspace/"
    assert "Northfold" in nora.get("/workspace/notices/").content.decode()


def test_an_invitation_that_is_refused_writes_to_nobody(browser, ada, mara):
    answer = browser(ada).post("/workspace/people/staff/", NORA | {"staff-email": mara.user.email})
    assert answer.status_code == 422
    assert not Delivery.objects.exists()
    assert not Person.objects.filter(name="Nora Sand").exists()


def test_a_notice_about_the_firm_reaches_its_own_people_only(browser, ada, mara, priya):
    browser(ada).post("/workspace/people/staff/", NORA)
    notice = Notice.objects.get()
    assert (notice.client, notice.person.name) == (None, "Nora Sand")
    for other in (mara, priya):
        door = "workspace" if other.is_staff else "portal"
        assert "Northfold's workspace" not in browser(other).get(f"/{door}/notices/").content.decode()


def test_a_consultant_reads_what_concerns_the_firm_beside_what_concerns_their_clients(ines, ada, browser, acorn, rob):
    event = record("person.invited", actor=actor(ada), about=ines)
    tell(event, [ines], about=ines, compose=lambda _person: Telling("Northfold speaks to you"))
    page = browser(ines).get("/workspace/notices/").content.decode()
    assert "Northfold speaks to you" in page
