"""An empty installation is founded once, by whoever holds the token on the console, and asks five short questions."""

import io

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client as Browser
from playwright.sync_api import expect

from accounts.actions.founding import founding_token
from accounts.actions.people import add_person, join_client
from accounts.actors import MemberRole, StaffRole, system
from accounts.models import Assignment, Client, Firm, FirstStep, Membership, Person
from engagements.models import AISystem, RetainerTerms
from events.actions.delivering import drain
from tests.visiting import Visitor, chromium

pytestmark = pytest.mark.django_db

ADA = {"name": "Northfold", "admin_name": "Ada Okafor", "email": "ada@northfold.example", "password": "seven green herons"}
PLACE = {"question": "place", "time_zone": "Europe/Berlin", "currency": "EUR"}
CLIENT = {"question": "client", "name": "Acorn Mills", "time_zone": "Europe/Berlin"}
RETAINER = {"question": "retainer", "included_minutes": "12", "fee": "2000", "starts_on": "2026-11-02"}
COLLEAGUE = {"question": "colleague", "name": "Ines Moser", "email": "ines@northfold.example", "staff_role": "consultant"}
STEPS = "/workspace/first-steps/"


def with_token() -> Browser:
    visitor = Browser()
    assert visitor.post("/first-run/", {"token": founding_token()}).url == "/first-run/"
    return visitor


def founder() -> Browser:
    visitor = with_token()
    assert visitor.post("/first-run/", ADA).url == STEPS
    return visitor


def say(visitor: Browser, *answers: dict[str, str]) -> None:
    for answer in answers:
        said = visitor.post(STEPS, answer)
        assert said.status_code == 302, said.content.decode()


def test_an_empty_installation_leads_to_its_first_run_and_prints_the_token():
    assert Browser().get("/").url == "/first-run/"
    said = io.StringIO()
    call_command("first_run_token", stdout=said)
    assert founding_token() in said.getvalue()


def test_the_wrong_token_leads_no_further_and_says_so_at_the_field():
    visitor = Browser()
    answer = visitor.post("/first-run/", {"token": "guess"})
    assert answer.status_code == 422
    assert "not the token" in answer.content.decode()
    assert visitor.post("/first-run/", ADA).status_code == 422
    assert not Person.objects.exists()


def test_the_right_token_founds_the_firm_once_and_its_admin_is_in():
    other = with_token()
    visitor = founder()
    assert Firm.objects.the().name == "Northfold"
    assert Person.objects.get().staff_role == StaffRole.ADMIN
    assert visitor.get("/").url == "/workspace/"
    assert other.get("/first-run/").status_code == 404
    assert other.post("/first-run/", ADA | {"email": "eve@evil.example"}).status_code == 404
    assert Browser().post("/accounts/login/", {"login": ADA["email"], "password": ADA["password"]}).status_code == 302
    said = io.StringIO()
    call_command("first_run_token", stdout=said)
    assert said.getvalue() == ""


def test_a_weak_password_is_refused_before_anything_is_founded():
    answer = with_token().post("/first-run/", ADA | {"password": "short"})
    assert answer.status_code == 422
    assert 'value="Ada Okafor"' in answer.content.decode()
    assert not Person.objects.exists()


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("passwordpassword", "This says the same again and again."),
        ("Password Password!", "This says the same again and again."),
        ("abcabcabcabcab", "This says the same again and again."),
        ("aaaaaaaaaaaaa", "This says the same again and again."),
        ("123456789012", "This runs along the keys."),
        ("0987654321098", "This runs along the keys."),
        ("QwertyUiopAsd", "This runs along the keys."),
        ("passwordpassword1", "This is a common password with little around it."),
        ("2026-Monkey-2026", "This is a common password with little around it."),
        ("1q2w3e4r5t6y", "This password is too common."),
        ("ada@northfold.example", "The password is too similar to the"),
        ("seven herons", ""),
        ("heron seven heron", ""),
        ("correct horse battery, correct horse battery", ""),
        ("582019347561", ""),
        ("#§%&!?=+~^°<>a", ""),
    ],
)
def test_a_password_that_is_guessed_first_is_refused_with_a_sentence_that_says_why(password, told):
    answer = with_token().post("/first-run/", ADA | {"password": password})
    assert (answer.status_code, Person.objects.exists()) == ((422, False) if told else (302, True)), answer.content.decode()
    assert told in answer.content.decode()


def test_five_questions_make_a_firm_that_can_work(django_capture_on_commit_callbacks):
    visitor = founder()
    with django_capture_on_commit_callbacks(execute=True):
        say(visitor, PLACE, CLIENT, RETAINER, COLLEAGUE)
    firm, client, terms = Firm.objects.the(), Client.objects.get(), RetainerTerms.objects.get()
    assert (firm.time_zone, firm.currency, firm.open_question) == ("Europe/Berlin", "EUR", "")
    assert Person.objects.get(name="Ada Okafor").time_zone == "Europe/Berlin"
    assert (client.code, terms.included_minutes, terms.engagement.lead.name) == ("ACO", 720, "Ada Okafor")
    assert Assignment.objects.get().person.name == "Ines Moser"
    drain()
    assert [letter.to for letter in mail.outbox] == [["ines@northfold.example"]]
    assert visitor.get(STEPS).url == "/workspace/"
    assert "first steps" not in visitor.get("/workspace/").content.decode()


def test_the_questions_go_on_where_they_were_left():
    visitor = founder()
    say(visitor, PLACE)
    assert "the first client" in visitor.get("/workspace/").content.decode()
    later = Browser()
    later.post("/accounts/login/", {"login": ADA["email"], "password": ADA["password"]})
    assert "Who is your first client?" in later.get(STEPS).content.decode()


def test_every_question_can_be_left_and_without_a_client_nobody_asks_what_it_is_promised():
    visitor = founder()
    say(visitor, *({"question": question, "skip": "1"} for question in ("place", "client")))
    assert "Who works with you?" in visitor.get(STEPS).content.decode()
    say(visitor, {"question": "colleague", "skip": "1"})
    assert visitor.get(STEPS).url == "/workspace/"
    assert not Client.objects.exists()


def test_a_page_that_was_left_open_answers_no_other_question():
    visitor = founder()
    say(visitor, PLACE, CLIENT)
    answer = visitor.post(STEPS, CLIENT | {"name": "Acorn again"})
    assert "What is Acorn Mills promised?" in answer.content.decode()
    assert Client.objects.count() == 1


def test_what_was_typed_stays_when_an_answer_is_refused():
    visitor = founder()
    say(visitor, PLACE)
    answer = visitor.post(STEPS, CLIENT | {"code": "7"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'value="Acorn Mills"' in page
    assert "Write two to eight letters or digits" in page


def test_only_an_admin_is_asked(browser, ada, mara):
    Firm.objects.update(open_question=FirstStep.CLIENT)
    assert browser(mara).get(STEPS).status_code == 404
    assert browser(mara).post(STEPS, CLIENT).status_code == 404
    assert browser(ada).get(STEPS).status_code == 200


@pytest.mark.parametrize(
    ("languages", "currency"),
    [
        ("en-GB,en;q=0.9", "GBP"),
        ("de-AT", "EUR"),
        ("zh-Hant-TW,en-US;q=0.5", "TWD"),
        ("bg-BG", "EUR"),
        ("en", "USD"),
        ("", "USD"),
        ("en-001", "USD"),
    ],
)
def test_the_money_of_the_browsers_country_is_proposed_and_can_be_changed(languages, currency):
    visitor = founder()
    page = visitor.get(STEPS, headers={"Accept-Language": languages}).content.decode()
    assert f'name="currency" value="{currency}"' in page
    assert visitor.post(STEPS, PLACE | {"currency": "CHF"}, headers={"Accept-Language": languages}).status_code == 302
    assert Firm.objects.the().currency == "CHF"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("scripts", "zone"), [(True, "Asia/Tokyo"), (False, "UTC")])
def test_the_clock_of_the_machine_is_proposed_and_without_scripts_it_is_chosen(live_server, settings, scripts, zone):
    settings.PUBLIC_URL = live_server.url
    session = founder().cookies[settings.SESSION_COOKIE_NAME].value
    with chromium() as browser:
        visitor = Visitor(browser, live_server.url, java_script_enabled=scripts, timezone_id="Asia/Tokyo")
        visitor.holds_session_of(session)
        visitor.page.goto(STEPS)
        expect(visitor.page.get_by_label("Time zone")).to_have_value(zone)
        visitor.page.get_by_label("Time zone").select_option("Europe/Berlin")
        visitor.page.get_by_role("button", name="Go on").click()
        expect(visitor.page.get_by_role("heading", level=1)).to_contain_text("first client")
        visitor.leaves_satisfied()
    assert Firm.objects.the().time_zone == "Europe/Berlin"


def test_after_the_questions_the_next_step_is_somebody_of_the_client():
    visitor = founder()
    say(visitor, PLACE, CLIENT, RETAINER, COLLEAGUE)
    today = visitor.get("/workspace/").content.decode()
    assert f"/workspace/people/?client={Client.objects.get().pk}#contact" in today
    assert "Nobody at Acorn Mills can sign in yet" in today
    assert "under-served" not in today, "what was promised a minute ago is not idle yet"
    sent = {"contact-client": Client.objects.get().pk, "contact-name": "Petra", "contact-email": "petra@acorn.example"}
    visitor.post("/workspace/people/contacts/", sent | {"contact-roles": ["owner"], "contact-time_zone": "UTC"})
    today = visitor.get("/workspace/").content.decode()
    assert "can sign in yet" not in today
    assert '<a class="btn btn-s" href="#log">Log the first time</a>' in today
    visitor.post("/workspace/log/", {"line": "1h ACO set up the inbox"})
    assert "Log the first time" not in visitor.get("/workspace/").content.decode()


def test_one_next_step_stands_on_today_at_a_time():
    visitor = founder()
    say(visitor, PLACE, CLIENT)
    assert "can sign in yet" not in visitor.get("/workspace/").content.decode(), "the open question comes first"
    say(visitor, *({"question": question, "skip": "1"} for question in ("retainer", "colleague")))
    join_client(
        actor=system("test"),
        person=add_person(actor=system("test"), name="Petra", email="p@acorn.example"),
        client=Client.objects.get(),
        roles=[MemberRole.OWNER],
    )
    today = visitor.get("/workspace/").content.decode()
    assert "Acorn Mills is promised no hours yet." in today
    assert f"/workspace/clients/{Client.objects.get().pk}/retainers/new/" in today
    assert "Log the first time" not in today


def test_where_every_question_was_left_the_next_step_is_a_client():
    visitor = founder()
    say(visitor, *({"question": question, "skip": "1"} for question in ("place", "client", "colleague")))
    today = visitor.get("/workspace/").content.decode()
    assert '<a class="btn btn-s" href="/workspace/clients/new/">Take a client into care</a>' in today


def test_the_page_of_a_retainer_says_what_it_lacks_and_then_leads_to_its_hours(browser, ada, acorn, rob):
    page = f"/workspace/engagements/{acorn.engagement.pk}/"
    assert f'href="/workspace/periods/{acorn.period.pk}/">Open its hours</a>' in browser(ada).get(page).content.decode()
    AISystem.objects.all().delete()
    assert (
        f'href="/workspace/systems/new/?engagement={acorn.engagement.pk}">Take one into care</a>' in browser(ada).get(page).content.decode()
    )
    Membership.objects.all().delete()
    assert (
        f'href="/workspace/people/?client={acorn.client.pk}#contact">Invite somebody of Acorn Mills</a>'
        in browser(ada).get(page).content.decode()
    )


def test_a_consultant_is_not_asked_to_invite_anybody(browser, ines, acorn):
    assert "can sign in yet" not in browser(ines).get("/workspace/").content.decode()
