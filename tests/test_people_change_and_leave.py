"""People are described anew, written to once more, and let go; nobody reaches above themselves, and no door opens to who left."""

import pytest
from django.core import mail
from django.urls import reverse

from accounts.actors import MemberRole, StaffRole
from accounts.models import Person
from events.actions.delivering import drain
from events.models import Event, Webhook
from tests import cast
from tests.api_cast import Program, refused
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def newcomer(ada):
    return cast.make_staff("Nils New", StaffRole.CONSULTANT)


def described(**changes):
    return {"name": "Nils Newman", "time_zone": "Europe/Berlin", "staff_role": "lead"} | changes


def test_a_colleague_is_described_anew_on_a_page(browser, ada, newcomer):
    address = reverse("workspace:colleague", args=[newcomer.pk])
    assert address in browser(ada).get(reverse("workspace:people")).content.decode()
    assert browser(ada).post(address, described()).status_code == 302
    newcomer.refresh_from_db()
    assert (newcomer.name, newcomer.time_zone, newcomer.staff_role) == ("Nils Newman", "Europe/Berlin", "lead")


def test_nobody_makes_or_changes_somebody_who_may_do_more_than_they(browser, mara, ada, newcomer, key):
    assert browser(mara).get(reverse("workspace:colleague", args=[ada.pk])).status_code == 404
    answer = browser(mara).post(reverse("workspace:colleague", args=[newcomer.pk]), described(staff_role="admin"))
    assert answer.status_code == 422
    assert "nobody makes somebody who may do more" in answer.content.decode()
    refused(Program(key(mara)).patch(f"people/{newcomer.pk}", {"staff_role": "lead"}), 403, "not-allowed")
    newcomer.refresh_from_db()
    assert newcomer.staff_role == "consultant"


def test_nobody_changes_their_own_role_or_lets_themselves_go(browser, ada):
    answer = browser(ada).post(reverse("workspace:colleague", args=[ada.pk]), described(name="Ada Admin", staff_role="consultant"))
    assert answer.status_code == 422
    browser(ada).post(reverse("workspace:leaving", args=[ada.pk]))
    ada.refresh_from_db()
    assert (ada.staff_role, ada.left_at) == ("admin", None)


def test_no_door_opens_to_who_left(browser, ada, newcomer, acorn, key):
    theirs, program = browser(newcomer), Program(key(newcomer))
    assert theirs.get(reverse("workspace:today")).status_code == 200
    browser(ada).post(reverse("workspace:leaving", args=[newcomer.pk]))
    assert theirs.get(reverse("workspace:today")).status_code == 302
    refused(program.get("me"), 401, "key-not-valid")
    assert Event.objects.about(newcomer).filter(kind="person.left").count() == 1
    people = browser(ada)
    people.get(reverse("workspace:people"))
    assert newcomer.name not in people.get(reverse("workspace:people")).content.decode()


def test_leaving_is_asked_once_with_what_it_ends(browser, ada, newcomer, acorn, priya, key):
    key(newcomer)
    ticket = cast.ask(priya, acorn)
    Ticket.objects.filter(pk=ticket.pk).update(assignee=newcomer)
    Webhook.objects.create(person=newcomer, url="https://desk.example/", kinds=["ticket.opened"], seed=b"0" * 32)
    page = browser(ada).get(reverse("workspace:colleague", args=[newcomer.pk])).content.decode()
    asked = page[page.index("<details>", page.index('id="leaving"')) :].partition("</details>")[0]
    assert "<summary" in asked
    for told in (
        "One key for programs ends.",
        "One open ticket waits for somebody else.",
        reverse("workspace:leaving", args=[newcomer.pk]),
    ):
        assert told in asked
    assert "balance link" not in asked


def test_who_left_comes_back_by_an_invitation_in_the_role_it_names_and_by_no_old_door(browser, ada, mara, newcomer, key):
    theirs, program = browser(newcomer), Program(key(newcomer))
    assert theirs.get(reverse("workspace:today")).status_code == 200
    boss, address = browser(ada), newcomer.user.email
    boss.post(reverse("workspace:leaving", args=[newcomer.pk]))
    invitation = {"staff-name": "Nils New", "staff-email": address, "staff-time_zone": "UTC", "staff-staff_role": "lead"}
    assert browser(mara).post(reverse("workspace:invite_staff"), invitation | {"staff-staff_role": "admin"}).status_code == 422
    assert boss.post(reverse("workspace:invite_staff"), invitation).status_code == 302
    newcomer.refresh_from_db()
    assert (newcomer.staff_role, newcomer.left_at) == ("lead", None)
    assert Event.objects.about(newcomer).get(kind="person.returned").payload["staff_role"] == "lead"
    assert theirs.get(reverse("workspace:today")).status_code == 302
    refused(program.get("me"), 401, "key-not-valid")
    drain()
    assert mail.outbox[-1].to == [address]
    again = boss.post(reverse("workspace:invite_staff"), invitation)
    assert "already signs somebody in" in again.content.decode()


def test_a_colleague_who_left_is_made_no_contact_of_a_client(ada, newcomer, acorn, key):
    boss = Program(key(ada))
    boss.delete(f"people/{newcomer.pk}")
    asked = {"name": "Nils New", "email": newcomer.user.email, "client": str(acorn.client.pk), "roles": ["owner"]}
    refused(boss.post("people", asked), 409, "conflict")


def test_a_program_describes_lets_go_and_invites_again(mara, newcomer, priya, key):
    lead, path = Program(key(mara)), f"people/{newcomer.pk}"
    changed = lead.patch(path, {"name": "Nils Newman"}, If_Match=lead.get(path)["ETag"])
    assert changed.json()["name"] == "Nils Newman"
    assert lead.post(f"{path}/invitation").status_code == 200
    drain()
    assert [letter.to for letter in mail.outbox] == [[newcomer.user.email]]
    assert lead.delete(path).status_code == 204
    assert lead.get(path).json()["left_at"]
    refused(lead.post(f"{path}/invitation"), 409, "conflict")
    refused(lead.delete(f"people/{priya.pk}"), 409, "conflict")


def test_a_contact_is_written_to_until_they_have_signed_in(browser, mara, acorn):
    contact = cast.make_contact("Cleo Contact", acorn, MemberRole.REQUESTER)
    page = reverse("workspace:membership", args=[contact.memberships.get().pk])
    lead = browser(mara)
    assert "Send the invitation again" in lead.get(page).content.decode()
    lead.post(reverse("workspace:invitation", args=[contact.pk]), {"next": page})
    drain()
    assert "Acorn Mills" in mail.outbox[-1].subject
    browser(contact)
    assert "Send the invitation again" not in lead.get(page).content.decode()
    sent = len(mail.outbox)
    lead.post(reverse("workspace:invitation", args=[contact.pk]))
    drain()
    assert len(mail.outbox) == sent


def test_a_part_is_taken_out_on_the_page_of_its_system(browser, ines, acorn):
    person = browser(ines)
    page = reverse("workspace:system", args=[acorn.system.pk])
    person.post(page, {"name": "Index", "kind": "data", "version": "1"})
    assert "Take out" in person.get(page).content.decode()
    part = acorn.system.components.get()
    assert person.post(reverse("workspace:remove_part", args=[part.pk])).status_code == 302
    assert not acorn.system.components.exists()


def test_somebody_of_a_client_is_given_no_role_in_the_firm(ada, priya, key):
    refused(Program(key(ada)).patch(f"people/{priya.pk}", {"staff_role": "consultant"}), 409, "conflict")
    assert Person.objects.get(pk=priya.pk).staff_role == ""
