"""Periods open ahead of time, for every retainer that can, however another one fares."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.errors import Conflict
from billing.actions import open_due_periods
from engagements.actions import begin_engagement
from engagements.models import Engagement, RetainerTerms
from engagements.rules import Terms
from tests import cast


def promise(company, *, name="sound", thresholds=(50,)):
    """A retainer of today with terms, written past the actions, so that nothing has opened its periods."""
    today = timezone.localdate()
    made = Engagement.objects.create(client=company.client, name=name, currency="USD", starts_on=today)
    RetainerTerms.objects.create(client=company.client, engagement=made, starts_on=today, included_minutes=60, thresholds=list(thresholds))
    return made


def test_a_retainer_that_cannot_open_its_periods_keeps_no_other_waiting(acorn):
    broken, sound = promise(acorn, name="broken", thresholds=(50, None)), promise(acorn)
    open_due_periods(actor=cast.ARRANGING, today=timezone.localdate())
    assert not broken.periods.exists()
    assert sound.periods.exists()


@pytest.mark.parametrize("begins", [dt.date(1, 1, 1), dt.date(9999, 12, 31)])
def test_a_retainer_does_not_begin_in_another_age(acorn, begins):
    terms = Terms(starts_on=begins, included_minutes=600)
    with pytest.raises(Conflict):
        begin_engagement(actor=cast.ARRANGING, client=acorn.client, name="Old", currency="USD", terms=terms)
