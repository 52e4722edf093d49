"""A limit of approvals is told with the currency in which it counts: that of the client's retainers, at every door alike."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.actions.clients import add_client
from accounts.actions.people import add_person, join_client, limit_approvals
from accounts.actors import MemberRole
from accounts.models import Firm, Membership
from engagements.actions import begin_engagement
from engagements.models import Engagement
from tests.api_cast import Program, results
from tests.cast import ARRANGING, make_contact
from tests.closing_cast import promise
from tests.test_lists_as_files import lines_of

pytestmark = pytest.mark.django_db


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


@pytest.fixture
def abel(acorn):
    """Approves 2,500 at once for Acorn Mills, whose retainer is in pounds."""
    Engagement.objects.filter(pk=acorn.engagement.pk).update(currency="GBP")
    person = make_contact("Abel Approver", acorn, MemberRole.APPROVER)
    limit_approvals(actor=ARRANGING, membership=Membership.objects.get(person=person), up_to=Decimal(2500))
    return person


def test_every_page_with_a_limit_says_in_which_currency(browser, mara, priya, acorn, abel):
    membership = Membership.objects.get(person=abel)
    pages = {
        "workspace:people": (mara, []),
        "workspace:client_people": (mara, [acorn.client.pk]),
        "portal:people": (priya, []),
    }
    for name, (reader, of) in pages.items():
        assert "GBP 2,500" in text(browser(reader).get(reverse(name, args=of))), name
    form = text(browser(mara).get(reverse("workspace:membership", args=[membership.pk])))
    assert "The most that Abel Approver approves, in GBP" in form
    assert "For proposals and hours over, in GBP." in form


def test_retainers_in_two_currencies_are_both_named(browser, mara, acorn, abel, key):
    begin_engagement(
        actor=ARRANGING, client=acorn.client, name="Care in Kuwait", currency="KWD", terms=promise(starts_on=timezone.localdate())
    )
    assert "GBP 2,500 or KWD 2,500" in text(browser(mara).get(reverse("workspace:people")))
    membership = Membership.objects.get(person=abel)
    told = Program(key(mara)).get(f"memberships/{membership.pk}").json()
    assert (told["approval_limit"], told["approval_currencies"]) == ("2500.00", ["GBP", "KWD"])
    [row] = [
        line for line in lines_of(browser(mara).get(reverse("workspace:people"), {"format": "csv"})) if line["Name"] == "Abel Approver"
    ]
    assert (row["Approves money up to"], row["Currency"]) == ("2500.00", "GBP or KWD")


def test_without_a_retainer_it_is_the_firms(browser, mara, key):
    Firm.objects.update(currency="EUR")
    client = add_client(actor=ARRANGING, name="Elm House", code="ELM")
    person = add_person(actor=ARRANGING, name="Ella Elm", email="ella@elm.example")
    membership = join_client(actor=ARRANGING, person=person, client=client, roles=[MemberRole.APPROVER])
    limit_approvals(actor=ARRANGING, membership=membership, up_to=Decimal(300))
    assert "EUR 300" in text(browser(mara).get(reverse("workspace:people")))
    assert [row["Currency"] for row in lines_of(browser(mara).get(reverse("workspace:people"), {"format": "csv"}))] == ["EUR"]
    assert Program(key(mara)).get(f"memberships/{membership.pk}").json()["approval_currencies"] == ["EUR"]


def test_who_reads_no_money_reads_no_currency_of_it(acorn, rob, abel, key):
    for row in results(Program(key(rob)).get("memberships")):
        assert not {"approval_limit", "approval_currencies"} & set(row)


def test_contacts_cost_the_same_number_of_queries_however_many_there_are(browser, mara, acorn, cobalt, key):
    visitor, program = browser(mara), Program(key(mara))
    places = [lambda: visitor.get(reverse("workspace:people")), lambda: program.get("memberships")]
    for place in places:
        place()
        few = queries_of(place)
        for number in range(5):
            make_contact(f"Contact{number}{place is places[0]} Of Cobalt", cobalt, MemberRole.APPROVER)
        assert queries_of(place) == few


def queries_of(place):
    with CaptureQueriesContext(connection) as asked:
        assert place().status_code == 200
    return len(asked)
