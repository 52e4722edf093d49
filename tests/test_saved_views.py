"""A view keeps the filters of a list under a name: for oneself, or shared by an admin; opened, it is held to the wall again."""

import pytest
from django.urls import reverse

from accounts.actions.views import save_view
from accounts.errors import Conflict, NotAllowed
from accounts.models import SavedView
from tests import cast
from tests.api_cast import Program
from tests.cast import actor

VIEWS = reverse("workspace:views")


@pytest.fixture
def program(key):
    return lambda person, *scopes: Program(key(person, *scopes))


def test_a_consultant_keeps_a_view_and_opens_it_by_its_name(browser, ines, acorn, priya):
    cast.ask(priya, acorn, subject="The drift of May")
    signed_in = browser(ines)
    kept = signed_in.post(VIEWS, {"page": "tickets", "name": "Drift", "query": "q=drift&page=3&format=csv&state="}, follow=True)
    view = SavedView.objects.get()
    assert (view.query, view.person_id) == ("q=drift", ines.pk)
    assert kept.redirect_chain[-1][0] == f"{reverse('workspace:tickets')}?q=drift&view={view.pk}"
    assert "The drift of May" in kept.text
    assert 'aria-current="true">Drift' in kept.text


def test_the_bare_address_of_a_list_leads_to_the_view_it_opens_with(browser, ines, mara, acorn):
    signed_in = browser(ines)
    signed_in.post(VIEWS, {"page": "tickets", "name": "Mine", "query": "assignee=me", "is_default": "on"})
    signed_in.post(VIEWS, {"page": "tickets", "name": "Old", "query": "order=old", "is_default": "on"})
    view = SavedView.objects.get(is_default=True)
    assert view.name == "Old"
    assert signed_in.get(reverse("workspace:tickets")).url == f"{reverse('workspace:tickets')}?order=old&view={view.pk}"
    assert signed_in.get(reverse("workspace:tickets"), {"view": "none"}).status_code == 200
    assert browser(mara).get(reverse("workspace:tickets")).status_code == 200


def test_a_view_is_renamed_and_forgotten_by_whose_it_is(browser, ines, tomas):
    view = save_view(actor=actor(ines), page="clients", name="A", query="q=a")
    assert browser(tomas).post(reverse("workspace:view", args=[view.pk]), {"name": "Mine now"}).status_code == 404
    signed_in = browser(ines)
    signed_in.post(reverse("workspace:view", args=[view.pk]), {"name": "Those with A"})
    assert "Those with A" in signed_in.get(VIEWS).text
    signed_in.post(reverse("workspace:delete_view", args=[view.pk]))
    assert not SavedView.objects.exists()


def test_admins_share_views_and_others_do_not(browser, ada, ines):
    save_view(actor=actor(ada), page="retainers", name="The board", query="sort=client", is_shared=True)
    assert "The board" in browser(ines).get(reverse("workspace:retainers")).text
    with pytest.raises(NotAllowed):
        save_view(actor=actor(ines), page="retainers", name="For all", is_shared=True)
    shared = SavedView.objects.get()
    answer = browser(ines).post(reverse("workspace:view", args=[shared.pk]), {"name": "Ours"}, follow=True)
    assert "admins share them" in answer.text
    shared.refresh_from_db()
    assert shared.name == "The board"


@pytest.mark.parametrize("query", ["just words", "a=1&" * 60 + "b=2", "q=" + "x" * 2000])
def test_what_is_no_query_is_refused_with_a_sentence(query, ines):
    with pytest.raises(Conflict):
        save_view(actor=actor(ines), page="tickets", name="Odd", query=query)


def test_a_shared_view_of_another_clients_tickets_finds_nothing(browser, ada, tomas, acorn, priya):
    cast.ask(priya, acorn, subject="Only Acorn's")
    view = save_view(actor=actor(ada), page="tickets", name="Acorn", query=f"client={acorn.client.pk}", is_shared=True)
    answer = browser(tomas).get(reverse("workspace:tickets"), {"client": acorn.client.pk, "view": view.pk})
    assert answer.status_code == 200
    assert "Only Acorn" not in answer.text


def test_programs_keep_views_too(program, ines):
    api = program(ines)
    made = api.post("views", {"page": "tickets", "name": "Mine", "query": "assignee=me", "is_default": True})
    assert made.status_code == 201, made.json()
    pk = made.json()["id"]
    changed = api.patch(f"views/{pk}", {"name": "My own"}, If_Match="*")
    assert changed.json()["name"] == "My own"
    assert changed.json()["query"] == "assignee=me"
    assert api.get("views", page="tickets").json()["results"][0]["id"] == pk
    assert api.delete(f"views/{pk}", If_Match="*").status_code == 204
