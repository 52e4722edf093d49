"""What is taken away a second time is gone, and that is said; what cannot be taken back is asked once; what is another's never was."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.actions.days import be_away
from accounts.actions.views import save_view
from accounts.actors import MemberRole
from accounts.models import Assignment, Membership
from billing.actions import authorise_overage
from billing.actions.importing import save_mapping
from billing.models import Authorisation
from engagements.actions import add_component
from events.actions.webhooks import Wanted, add_webhook
from events.models import Event
from tests import cast
from tests.cast import actor
from tests.test_expenses import spend
from tests.test_import_doors import OWN

pytestmark = pytest.mark.django_db
GONE = "It was removed already."


def webhook_of(person, company=None):
    wanted = Wanted(url="https://hooks.example.com/tend", description="Desk", kinds=["ticket.opened"])
    made, _secret = add_webhook(actor=actor(person, company), wanted=wanted, client=company.client if company else None)
    return made


@pytest.fixture
def removals(ada, ines, acorn):
    """Everything an admin takes away, with its route and the page it leads to."""
    day = timezone.localdate()
    part = add_component(actor=actor(ada), system=acorn.system, name="The model", kind="model")
    return {
        "import_mapping_removal": save_mapping(actor=actor(ada), text=OWN),
        "delete_view": save_view(actor=actor(ada), page="people", name="Mine", query="q=a"),
        "back_again": be_away(actor=actor(ada), person=ada, starts_on=day, ends_on=day + dt.timedelta(days=2)),
        "unassign_person": Assignment.objects.get(person=ines),
        "end_membership": Membership.objects.get(person=cast.make_contact("Olga Owner", acorn, MemberRole.OWNER)),
        "delete_expense": spend(ada, acorn),
        "delete_entry": cast.log(ada, acorn, minutes=30),
        "remove_part": part,
        "webhook_removal": webhook_of(ada),
    }


def test_taking_away_twice_is_done_once_and_the_second_is_told_so(browser, ada, removals):
    at = browser(ada)
    for name, thing in removals.items():
        address = reverse(f"workspace:{name}", args=[thing.pk])
        first = at.post(address)
        at.get(first["Location"])
        events = Event.objects.count()
        second = at.post(address)
        assert (first.status_code, second.status_code) == (302, 302), name
        page = at.get(second["Location"])
        assert page.status_code == 200, name
        assert GONE in page.text or "no longer speaks for" in page.text, name
        assert Event.objects.count() == events, f"{name} is recorded a second time"


def test_what_never_was_is_still_not_there(browser, ada, tomas, removals):
    for name, thing in removals.items():
        assert browser(ada).post(reverse(f"workspace:{name}", args=[uuid.uuid4()])).status_code == 404, name
        if thing.__class__.__name__ in {"Component", "TimeEntry", "Expense", "SavedMapping"}:
            browser(ada).post(reverse(f"workspace:{name}", args=[thing.pk]))
            assert browser(tomas).post(reverse(f"workspace:{name}", args=[thing.pk])).status_code == 404, f"{name} is another client's"


def test_an_owner_takes_a_webhook_away_twice_and_another_companys_owner_never_saw_it(browser, priya, nadia, acorn):
    address = reverse("portal:webhook_removal", args=[webhook_of(priya, acorn).pk])
    at = browser(priya)
    first, second = at.post(address), at.post(address)
    assert first["Location"] == second["Location"] == reverse("portal:webhooks")
    assert GONE in at.get(second["Location"]).text
    assert browser(nadia).post(address).status_code == 404


def test_an_authorisation_is_taken_back_twice_without_complaint(browser, priya, acorn):
    given = authorise_overage(actor=actor(priya, acorn), engagement=acorn.engagement, minutes_cap=60)
    at, address = browser(priya), reverse("portal:authorisation_revocation", args=[given.pk])
    first, second = at.post(address), at.post(address)
    assert (first.status_code, second.status_code, second["Location"]) == (302, 302, first["Location"])
    assert "It was taken back already." in at.get(second["Location"]).text
    assert Authorisation.objects.get().revoked_at is not None


def test_what_nobody_takes_back_is_asked_once_before(browser, ada, removals):
    at = browser(ada)
    pages = {
        reverse("workspace:import_mappings") + "?of=ours": ("import_mapping_removal", "Yes, remove it"),
        reverse("workspace:webhook", args=[removals["webhook_removal"].pk]): ("webhook_removal", "Yes, remove it"),
        reverse("workspace:expense", args=[removals["delete_expense"].pk]): ("delete_expense", "Yes, delete it"),
    }
    for page, (name, yes) in pages.items():
        shown = at.get(page).text
        asked = shown[shown.rindex("<details", 0, shown.index(yes)) : shown.index(yes)]
        assert f'action="{reverse(f"workspace:{name}", args=[removals[name].pk])}"' in asked
        assert "Nobody can take this back." in asked
        assert "</details>" not in asked, "the form is inside what opens first"
