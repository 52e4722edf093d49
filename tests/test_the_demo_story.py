"""The demo story has something to show on every page, its ledger is sound, and it is told once."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import scope
from billing.actions.asking import who_may_say_yes
from billing.actions.verifying import verify_ledger
from billing.models import Charge, Period, TimeEntry
from billing.models.ledger import balance_of
from billing.models.over import Waiting
from config.story import tell_story
from engagements.models import Pause
from tests.cast import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def told():
    with scope.system("demo story"):
        return tell_story()


def test_the_story_shows_every_way_an_engagement_lives(told):
    assert list(verify_ledger()) == []
    waiting = TimeEntry.objects.filter(state="submitted")
    assert {entry.engagement_id for entry in waiting} == {told.retainers["DVJ"].pk}
    assert waiting.count() == 2
    project = TimeEntry.objects.filter(kind="project").select_related("engagement")
    assert {(entry.burn_minutes, entry.engagement.draws_on_id) for entry in project} == {(0, told.retainers["ACM"].pk)}
    quarter = told.retainers["ELM"].periods.earliest("starts_on")
    assert (quarter.ends_on - quarter.starts_on).days > 88
    assert Pause.objects.get().engagement == told.retainers["ELM"]
    assert quarter.granted_minutes < 24 * 60
    assert set(Charge.objects.values_list("kind", flat=True)) >= {"fee", "expense"}
    statements = Period.objects.closed().count()
    assert Charge.objects.filter(kind="fee").count() == statements == 2
    shares = {code: balance_of(told.retainers[code], today=timezone.localdate()).used_percent for code in ("ACM", "DVJ", "CBF")}
    assert shares == {"ACM": 30, "DVJ": 85, "CBF": 110}


@pytest.mark.parametrize("code", ["ACM", "DVJ", "CBF"])
def test_each_client_of_the_story_has_somebody_who_may_say_yes_to_hours_over(told, code):
    period = told.retainers[code].periods.latest("starts_on")
    assert who_may_say_yes(Waiting(period, {Decimal("185.00"): 600}))


def test_its_pages_show_what_waits_what_is_fixed_and_what_was_charged(told):
    mara, priya = browser(told.staff["Mara"]), browser(told.contacts["Priya"])
    assert "Tomas Reuter" in mara.get(reverse("workspace:approvals")).content.decode()
    acorn = told.retainers["ACM"]
    now = balance_of(acorn, today=timezone.localdate()).period
    assert "Order inbox: second mailbox connected" in mara.get(reverse("workspace:period", args=[now.pk])).content.decode()
    closed = acorn.periods.closed().get()
    assert "2,000.00" in priya.get(reverse("portal:period", args=[closed.pk])).content.decode()
    ada = browser(told.staff["Ada"])
    for retainer in told.retainers.values():
        assert retainer.client.name in ada.get(reverse("workspace:client", args=[retainer.client_id])).content.decode()
    assert "The ovens are renewed" in ada.get(reverse("workspace:engagement", args=[told.retainers["ELM"].pk])).content.decode()
    assert "Order inbox rollout" in ada.get(reverse("workspace:engagement", args=[acorn.pk])).content.decode()
