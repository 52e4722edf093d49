"""Everybody signs in by password or by a code, and lands at their own door."""

import re

import pytest
from django.core import mail
from django.test import Client as Browser

from accounts.actions.people import leave_client
from accounts.models import Membership
from tests.cast import ARRANGING

PASSWORD = "seven green herons"


@pytest.fixture(autouse=True)
def mails_kept_in_memory(settings):
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}


def with_password(person):
    person.user.set_password(PASSWORD)
    person.user.save()
    return person


@pytest.mark.parametrize(("who", "door"), [("priya", "/portal/"), ("ines", "/workspace/")])
def test_a_password_opens_the_persons_own_door(request, who, door):
    person = with_password(request.getfixturevalue(who))
    browser = Browser()
    answer = browser.post("/accounts/login/", {"login": person.user.email, "password": PASSWORD}, follow=True)
    assert answer.redirect_chain[-1][0] == door
    assert answer.status_code == 200


def test_a_code_from_a_mail_opens_the_door_once(priya):
    browser = Browser()
    browser.post("/accounts/login/code/", {"email": priya.user.email})
    found = re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found is not None
    assert browser.post("/accounts/login/code/confirm/", {"code": found.group(1)}).status_code == 302
    assert browser.get("/portal/").status_code == 200
    stranger = Browser()
    assert stranger.post("/accounts/login/code/confirm/", {"code": found.group(1)}).status_code in {302, 404}
    assert stranger.get("/portal/").status_code == 302


def test_an_unknown_address_is_answered_like_a_known_one(priya):
    known, unknown = (
        Browser().post("/accounts/login/code/", {"email": email}, follow=True) for email in (priya.user.email, "nobody@acorn.example")
    )
    assert known.redirect_chain == unknown.redirect_chain


def test_nobody_signs_up_by_themselves(firm):
    browser = Browser()
    browser.post("/accounts/signup/", {"email": "eve@evil.example", "password1": PASSWORD, "password2": PASSWORD})
    assert browser.post("/accounts/login/", {"login": "eve@evil.example", "password": PASSWORD}).status_code != 302


def test_a_member_who_left_finds_the_door_closed_at_the_next_request(priya):
    browser = Browser()
    browser.force_login(priya.user)
    assert browser.get("/portal/").status_code == 200
    leave_client(actor=ARRANGING, membership=Membership.objects.get(person=priya))
    assert browser.get("/portal/").status_code != 200
