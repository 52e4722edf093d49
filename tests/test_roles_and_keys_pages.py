"""The firm changes what a contact may do and for whom they speak; owners and the firm make keys, and it is said for whom they act."""

import re

import pytest
from django.test import Client as Browser

from accounts.actions.keys import issue_key
from accounts.actions.links import share_balance
from accounts.actors import MemberRole
from accounts.models import ApiKey, Membership
from accounts.policies import CLIENT_SCOPES, SCOPES
from events.models import Delivery
from look.scopes import RESOURCES
from tests import cast
from tests.api_cast import Program, results

pytestmark = pytest.mark.django_db


def of(person, company):
    return Membership.objects.get(person=person, client=company.client)


def test_a_members_roles_change_on_their_page_and_hold_at_once(browser, mara, rob, acorn):
    address = f"/workspace/people/memberships/{of(rob, acorn).pk}/"
    assert f'href="{address}"' in browser(mara).get("/workspace/people/").content.decode()
    assert browser(rob).get("/portal/keys/").status_code == 404
    assert browser(mara).post(address, {"roles": ["owner", "billing"]}).status_code == 302
    assert of(rob, acorn).roles == ["billing", "owner"]
    assert browser(rob).get("/portal/keys/").status_code == 200


def test_no_role_at_all_is_refused_at_the_field(browser, mara, rob, acorn):
    answer = browser(mara).post(f"/workspace/people/memberships/{of(rob, acorn).pk}/", {"roles": []})
    assert answer.status_code == 422
    assert of(rob, acorn).roles == ["requester"]


def test_somebody_who_is_known_joins_a_second_client_and_is_written_to(browser, mara, rob, acorn, cobalt):
    address = f"/workspace/people/memberships/{of(rob, acorn).pk}/clients/"
    assert browser(mara).post(address, {"join-client": cobalt.client.pk, "join-roles": ["approver"]}).status_code == 302
    assert of(rob, cobalt).roles == ["approver"]
    assert Delivery.objects.get(notice__person=rob).notice.client == cobalt.client
    page = browser(mara).get(f"/workspace/people/memberships/{of(rob, acorn).pk}/").content.decode()
    assert "Cobalt Freight" in page
    assert browser(rob).get("/portal/clients/").status_code == 200


def test_a_client_they_speak_for_already_is_not_offered_again(browser, mara, rob, acorn, cobalt):
    page = browser(mara).get(f"/workspace/people/memberships/{of(rob, acorn).pk}/")
    assert list(page.context["join_form"].fields["client"].queryset) == [cobalt.client]


def test_a_consultant_changes_nobodys_roles(browser, ines, rob, acorn):
    assert browser(ines).post(f"/workspace/people/memberships/{of(rob, acorn).pk}/", {"roles": ["owner"]}).status_code == 404
    assert of(rob, acorn).roles == ["requester"]


def test_an_owner_makes_a_key_that_opens_their_company_only_and_revokes_it(browser, priya, acorn, cobalt):
    visitor = browser(priya)
    assert "Keys for programs" in visitor.get("/portal/").content.decode()
    page = visitor.post("/portal/keys/", {"name": "Our dashboard", "scopes": ["tickets:read", "clients:read"]}).content.decode()
    secret = re.search(r"tend_live_\w+", page)
    assert secret is not None
    program = {"Authorization": f"Bearer {secret[0]}"}
    clients = Browser().get("/api/v1/clients", headers=program).json()["results"]
    assert [client["name"] for client in clients] == ["Acorn Mills"]
    assert secret[0] not in visitor.get("/portal/keys/").content.decode()
    key = ApiKey.objects.get()
    assert (key.person, key.client) == (priya, acorn.client)
    assert visitor.post(f"/portal/keys/{key.pk}/revocation/").status_code == 302
    assert Browser().get("/api/v1/clients", headers=program).status_code == 401


def test_only_owners_have_keys_in_the_portal(browser, rob, abe, bill, priya, nadia):
    for person in (rob, abe, bill):
        assert browser(person).get("/portal/keys/").status_code == 404
        assert "Keys for programs" not in browser(person).get("/portal/").content.decode()
    for never in ("9999-12-31", "9999-01-01"):
        assert browser(priya).post("/portal/keys/", {"name": "Ours", "scopes": ["tickets:read"], "expires_on": never}).status_code == 422
    browser(priya).post("/portal/keys/", {"name": "Ours", "scopes": ["tickets:read"]})
    key = ApiKey.objects.get()
    assert browser(nadia).post(f"/portal/keys/{key.pk}/revocation/").status_code == 404
    assert "Ours" not in browser(nadia).get("/portal/keys/").content.decode()


def test_every_owner_sees_and_revokes_the_keys_of_the_companys_people_and_none_of_the_firms(browser, priya, ines, acorn, nadia, mara):
    second = cast.make_contact("Olga Owner", acorn, MemberRole.OWNER)
    issue_key(actor=cast.actor(priya, acorn), person=priya, name="Priyas robot", scopes=["tickets:read"], client=acorn.client)
    issue_key(actor=cast.actor(ines), person=ines, name="Our watcher", scopes=["tickets:read"], client=acorn.client)
    key, watcher = ApiKey.objects.get(person=priya), ApiKey.objects.get(person=ines)
    page = browser(second).get("/portal/keys/").content.decode()
    assert "Priyas robot" in page
    assert "acts for Priya" in page
    assert "Our watcher" not in page
    assert browser(second).post(f"/portal/keys/{watcher.pk}/revocation/").status_code == 404
    assert browser(nadia).post(f"/portal/keys/{key.pk}/revocation/").status_code == 404
    assert browser(second).post(f"/portal/keys/{key.pk}/revocation/").status_code == 302
    key.refresh_from_db()
    watcher.refresh_from_db()
    assert (key.revoked_at is None, watcher.revoked_at is None) == (False, True)
    assert "Priyas robot" in browser(mara).get("/workspace/keys/").content.decode()


def main_of(page):
    """What stands on a page between its head and its foot, in one line."""
    return " ".join(page.content.decode().partition("<main")[2].partition("</main")[0].split())


def test_owners_and_leads_see_the_people_of_a_client_and_what_opens_without_them(browser, priya, rob, mara, acorn, cobalt, nadia):
    owner = cast.actor(priya, acorn)
    key, _secret = issue_key(actor=owner, person=priya, name="Night robot", scopes=["tickets:read"], client=acorn.client)
    link, _secret = share_balance(actor=owner, client=acorn.client, name="The board")
    share_balance(actor=cast.actor(nadia, cobalt), client=cobalt.client, name="Their bank")
    ours, theirs = "/portal/people/", f"/workspace/clients/{acorn.client.pk}/people/"
    second = cast.make_contact("Olga Owner", acorn, MemberRole.OWNER)
    told = (priya.name, rob.name, "Owner", "Key: Night robot", "Balance link: The board")
    for visitor, place in ((browser(second), ours), (browser(mara), theirs)):
        page = main_of(visitor.get(place))
        assert [word for word in told if word not in page] == []
        assert [word for word in (nadia.name, "Their bank") if word in page] == []
    assert f"/workspace/people/memberships/{of(priya, acorn).pk}/" in main_of(browser(mara).get(theirs))
    assert browser(second).post(f"/portal/keys/{key.pk}/revocation/", {"next": ours})["Location"] == ours
    assert browser(mara).post(f"/workspace/balance-links/{link.pk}/revocation/", {"next": theirs})["Location"] == theirs
    page = main_of(browser(mara).get(theirs))
    assert [word for word in ("Key: Night robot", "Balance link: The board") if word in page] == []


def test_when_somebody_signed_in_is_told_to_the_firm_and_to_no_client(browser, priya, mara, acorn, cobalt, nadia):
    """Nadia speaks for both: what she did at one company's door is not for the other to read, not even that there is another."""
    cast.join_client(actor=cast.ARRANGING, person=nadia, client=acorn.client, roles=[MemberRole.REQUESTER])
    browser(nadia)
    ours, theirs = "/portal/people/", f"/workspace/clients/{acorn.client.pk}/people/"
    page = main_of(browser(priya).get(ours))
    assert nadia.name in page
    assert "signed in" not in page
    cast.make_contact("Olga Owner", acorn, MemberRole.OWNER)
    page = main_of(browser(mara).get(theirs))
    assert [word for word in ("signed in just now", "never signed in") if word not in page] == []


def test_a_consultant_sees_the_people_of_their_client_and_none_of_their_keys(browser, priya, ines, tomas, rob, acorn):
    issue_key(actor=cast.actor(priya, acorn), person=priya, name="Night robot", scopes=["tickets:read"], client=acorn.client)
    place = f"/workspace/clients/{acorn.client.pk}/people/"
    page = main_of(browser(ines).get(place))
    assert priya.name in page
    assert [word for word in ("Night robot", "/memberships/") if word in page] == []
    assert browser(tomas).get(place).status_code == 404
    assert browser(rob).get("/portal/people/").status_code == 404


def test_the_people_of_a_client_cost_the_same_at_two_and_at_ten(browser, priya, acorn, django_assert_max_num_queries):
    def joined(name):
        person = cast.make_contact(name, acorn, MemberRole.OWNER)
        issue_key(actor=cast.ARRANGING, person=person, name="Robot", scopes=["tickets:read"], client=acorn.client)
        share_balance(actor=cast.actor(person, acorn), client=acorn.client, name="The board")

    visitor = browser(priya)
    joined("Olga Owner")
    visitor.get("/portal/people/")
    with django_assert_max_num_queries(60) as few:
        visitor.get("/portal/people/")
    for number in range(8):
        joined(f"Olga{number} Owner")
    with django_assert_max_num_queries(len(few)):
        visitor.get("/portal/people/")


@pytest.mark.parametrize("day", ["2020-01-01", "9999-01-01"])
def test_a_key_whose_end_is_over_or_too_far_is_refused_at_the_day_and_nothing_typed_is_lost(browser, priya, ines, acorn, day):
    typed = {"name": "Ours", "scopes": ["tickets:read"], "expires_on": day}
    for answer in (browser(priya).post("/portal/keys/", typed), browser(ines).post("/workspace/keys/", typed)):
        assert answer.status_code == 422
        assert "expires_on" in answer.context["form"].errors
        assert f'value="{day}"' in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_the_list_of_keys_costs_the_same_at_two_and_at_twenty(browser, priya, acorn, django_assert_max_num_queries):
    visitor, others = browser(priya), [cast.make_contact(f"Olga{number} Owner", acorn, MemberRole.OWNER) for number in range(9)]
    for person in others[:1]:
        issue_key(actor=cast.ARRANGING, person=person, name="Robot", scopes=["tickets:read"], client=acorn.client)
    visitor.get("/portal/keys/")
    with django_assert_max_num_queries(60) as few:
        visitor.get("/portal/keys/")
    for person in others[1:]:
        issue_key(actor=cast.ARRANGING, person=person, name="Robot", scopes=["tickets:read"], client=acorn.client)
    with django_assert_max_num_queries(len(few)):
        visitor.get("/portal/keys/")


def test_what_a_client_is_offered_are_scopes_that_open_something():
    assert set(CLIENT_SCOPES) <= set(SCOPES)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("webhooks", {"url": "https://hooks.example.com/tend", "kinds": ["ticket.opened"]}),
        ("balance-links", {"name": "Board"}),
        ("calendar-feeds", {}),
    ],
)
def test_an_owners_key_makes_what_its_owner_makes_on_pages(priya, acorn, key, path, body):
    program = Program(key(priya, *CLIENT_SCOPES))
    named = {"client": str(acorn.client.pk)} if path != "calendar-feeds" else {}
    made = program.post(path, body | named)
    assert made.status_code == 201, made.content
    assert [each["id"] for each in results(program.get(path))] == [made.json()["id"]]


def test_an_admin_names_for_whom_a_key_acts_and_others_make_their_own(browser, ada, mara, ines):
    key = {"name": "Robot", "scopes": ["tickets:read"]}
    browser(ada).post("/workspace/keys/", key | {"person": ines.pk})
    assert ApiKey.objects.get().person == ines
    answer = browser(mara).post("/workspace/keys/", key | {"person": ines.pk})
    assert answer.status_code == 422
    browser(mara).post("/workspace/keys/", key | {"person": mara.pk})
    assert ApiKey.objects.order_by("-pk")[0].person == mara


def test_every_scope_stands_by_its_resource_with_what_it_holds():
    assert set(RESOURCES) == {scope.partition(":")[0] for scope in SCOPES}


@pytest.mark.parametrize("door", ["portal", "workspace"])
def test_one_box_gives_all_reading_and_nothing_that_writes(browser, ada, priya, acorn, door):
    at, address, offered = browser(priya if door == "portal" else ada), f"/{door}/keys/", CLIENT_SCOPES if door == "portal" else SCOPES
    page = at.get(address).content.decode()
    assert "requests with their conversation, files, estimates and states" in page
    assert all(f'value="{scope}"' in page for scope in offered)
    assert at.post(address, {"name": "Reader", "scopes": ["read"]}).status_code == 201
    assert sorted(ApiKey.objects.get().scopes) == sorted(scope for scope in offered if scope.endswith(":read"))
    assert at.post(address, {"name": "More", "scopes": ["costs:write" if door == "portal" else "everything"]}).status_code == 422
