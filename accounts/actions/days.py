"""How much somebody of the firm works, and when they are away."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import policies
from accounts.actors import Actor
from accounts.errors import Conflict, NotAllowed
from accounts.models import Absence, Person
from events.actions import record

MINUTES_OF_A_WEEK = 7 * 24 * 60


@transaction.atomic
def set_week(*, actor: Actor, person: Person, weekly_minutes: int) -> Person:
    """Say how many minutes a week somebody has for all clients together.

    Raises NotAllowed; Conflict for somebody who is not of the firm, or more minutes than a week has.
    """
    if not policies.may_set_week(actor):
        raise NotAllowed(_("Only admins and leads say how much somebody works."))
    if not person.is_staff:
        raise Conflict(_("Only people of the firm have a week to plan."), field="person")
    if not 0 <= weekly_minutes <= MINUTES_OF_A_WEEK:
        raise Conflict(_("A week has 0 to 168 hours."), field="weekly_minutes")
    person.weekly_minutes = weekly_minutes
    person.save(update_fields=["weekly_minutes"])
    record("person.week_set", actor=actor, about=person, is_public=False, weekly_minutes=weekly_minutes)
    return person


@transaction.atomic
def be_away(*, actor: Actor, person: Person, starts_on: dt.date, ends_on: dt.date) -> Absence:
    """Note that somebody does not work on [starts_on, ends_on). Raises NotAllowed, Conflict."""
    if not policies.may_plan_days_of(actor, person.pk):
        raise NotAllowed(_("You say when you are away; leads for everybody."))
    if ends_on <= starts_on:
        raise Conflict(_("The day they are back lies after the first day away."), field="ends_on")
    if Absence.objects.within(starts_on, ends_on).filter(person=person).exists():
        raise Conflict(_("They are away on some of these days already. Take that away first."), field="starts_on")
    absence = Absence.objects.create(person=person, starts_on=starts_on, ends_on=ends_on)
    record("person.away", actor=actor, about=absence, is_public=False, person=str(person.pk))
    return absence


@transaction.atomic
def be_back(*, actor: Actor, absence: Absence) -> None:
    """Take an absence away. Raises NotAllowed."""
    if not policies.may_plan_days_of(actor, absence.person_id):
        raise NotAllowed(_("You say when you are away; leads for everybody."))
    record("person.back", actor=actor, about=absence, is_public=False, person=str(absence.person_id))
    absence.delete()
