"""An empty installation is founded once, by whoever holds the token on the console."""

import io

import pytest
from django.core.management import call_command
from django.test import Client as Browser

from accounts.actions.founding import founding_token
from accounts.actors import StaffRole
from accounts.models import Firm, Person

FORM = {
    "name": "Northfold",
    "time_zone": "Europe/Berlin",
    "currency": "EUR",
    "admin_name": "Ada Okafor",
    "email": "ada@northfold.example",
    "password": "seven green herons",
}


@pytest.mark.django_db
def test_an_empty_installation_leads_to_its_first_run_and_prints_the_token():
    assert Browser().get("/").url == "/first-run/"
    said = io.StringIO()
    call_command("first_run_token", stdout=said)
    assert founding_token() in said.getvalue()


@pytest.mark.django_db
def test_the_wrong_token_founds_nothing_and_says_so_at_the_field():
    answer = Browser().post("/first-run/", FORM | {"token": "guess"})
    assert answer.status_code == 422
    assert "not the token" in answer.content.decode()
    assert not Person.objects.exists()


@pytest.mark.django_db
def test_the_right_token_founds_the_firm_once_and_its_admin_signs_in():
    browser = Browser()
    assert browser.post("/first-run/", FORM | {"token": founding_token()}).url == "/accounts/login/"
    assert (Firm.objects.the().name, Firm.objects.the().currency) == ("Northfold", "EUR")
    assert Person.objects.get().staff_role == StaffRole.ADMIN
    assert browser.get("/first-run/").status_code == 404
    assert browser.post("/first-run/", FORM | {"token": founding_token(), "email": "eve@evil.example"}).status_code == 404
    assert browser.post("/accounts/login/", {"login": FORM["email"], "password": FORM["password"]}).status_code == 302
    assert browser.get("/").url == "/workspace/"
    said = io.StringIO()
    call_command("first_run_token", stdout=said)
    assert said.getvalue() == ""


@pytest.mark.django_db
def test_a_weak_password_is_refused_before_anything_is_founded():
    answer = Browser().post("/first-run/", FORM | {"token": founding_token(), "password": "short"})
    assert answer.status_code == 422
    assert not Person.objects.exists()
