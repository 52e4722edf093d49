"""Nobody gives what they do not hold, and nobody is told what is not theirs."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.actions.keys import actor_of_key
from accounts.actions.people import add_person, assign, unassign
from accounts.actors import Actor, StaffRole
from accounts.errors import Conflict, NotAllowed
from accounts.models import Assignment, Person
from billing.actions import Work, delete_entry, log_time
from billing.errors import Overlaps
from engagements.actions import begin_engagement
from engagements.rules import Terms
from tests import cast


def holder(secret: str) -> Actor:
    """Whom a key acts for."""
    found = actor_of_key(secret)
    assert found is not None
    return found


def invite(inviter, role):
    return add_person(actor=cast.actor(inviter), name="New Hand", email="new@northfold.example", staff_role=role)


def test_a_lead_brings_colleagues_in_but_makes_nobody_an_admin(mara):
    with pytest.raises(NotAllowed):
        invite(mara, StaffRole.ADMIN)
    assert invite(mara, StaffRole.LEAD).staff_role == StaffRole.LEAD


def test_an_admin_makes_an_admin(ada):
    assert invite(ada, StaffRole.ADMIN).staff_role == StaffRole.ADMIN


def test_nobody_of_a_client_leads_an_engagement_and_so_hears_of_its_hours(ada, acorn, nadia):
    terms = Terms(starts_on=acorn.engagement.starts_on, included_minutes=600)
    with pytest.raises(Conflict):
        begin_engagement(actor=cast.actor(ada), client=acorn.client, name="Second", currency="USD", terms=terms, lead=nadia)


def test_a_key_held_to_a_client_names_its_people_only_while_the_consultant_works_for_it(acorn, ines, priya, key):
    secret = key(ines, company=acorn)
    assert priya in Person.objects.visible_to(holder(secret))
    unassign(actor=cast.ARRANGING, assignment=Assignment.objects.get(client=acorn.client, person=ines))
    assert priya not in Person.objects.visible_to(holder(secret))


def test_a_key_held_to_a_client_does_not_learn_what_its_owner_did_for_another(acorn, cobalt, ines, key):
    assign(actor=cast.ARRANGING, person=ines, client=cobalt.client)
    begins = timezone.now().replace(hour=9, minute=0) - dt.timedelta(days=1)
    stretch = Work(service_area="reporting", started_at=begins, ended_at=begins + dt.timedelta(hours=1))
    log_time(actor=cast.ARRANGING, engagement=cobalt.engagement, person=ines, work=stretch)
    with pytest.raises(Overlaps) as refused:
        log_time(actor=holder(key(ines, company=acorn)), engagement=acorn.engagement, work=stretch)
    assert refused.value.facts == {}
    assert "Cobalt" not in refused.value.sentence
    with pytest.raises(Overlaps, match="Cobalt"):
        log_time(actor=cast.actor(ines), engagement=acorn.engagement, work=stretch)


def test_a_key_held_to_a_client_changes_no_time_of_another(acorn, cobalt, ada, key):
    entry = cast.log(ada, cobalt, minutes=30)
    with pytest.raises(NotAllowed):
        delete_entry(actor=holder(key(ada, company=acorn)), entry=entry)


def test_nobody_of_a_client_has_time_logged_in_their_name(acorn, mara, priya):
    work = Work(service_area="reporting", raw_seconds=600, work_date=timezone.localdate())
    with pytest.raises(NotAllowed):
        log_time(actor=cast.actor(mara), engagement=acorn.engagement, person=priya, work=work)
