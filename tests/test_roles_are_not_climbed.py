"""Nobody gives what they do not hold, and nobody is told what is not theirs."""

import pytest

from accounts.actions.keys import actor_of_key
from accounts.actions.people import add_person, unassign
from accounts.actors import StaffRole
from accounts.errors import Conflict, NotAllowed
from accounts.models import Assignment, Person
from engagements.actions import begin_engagement
from engagements.rules import Terms
from tests import cast


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
    assert priya in Person.objects.visible_to(actor_of_key(secret))
    unassign(actor=cast.ARRANGING, assignment=Assignment.objects.get(client=acorn.client, person=ines))
    assert priya not in Person.objects.visible_to(actor_of_key(secret))
