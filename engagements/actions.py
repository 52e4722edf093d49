"""Promises made to a client: the retainer, its terms, the systems in care."""

import datetime as dt
from dataclasses import fields
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.errors import Conflict, NotAllowed
from accounts.models import Client, Person
from engagements import policies
from engagements.models import AISystem, Component, Engagement, RetainerTerms
from engagements.rules import Terms
from events.actions import record

FURTHEST_BEGINNING = dt.timedelta(days=3653)


@transaction.atomic
def begin_engagement(*, actor: Actor, client: Client, name: str, currency: str, terms: Terms, lead: Person | None = None) -> Engagement:
    """Promise a client hours from `terms.starts_on` on. Its periods open by themselves.

    Raises NotAllowed; Conflict for a lead who is not of the firm, as leads are told how the hours of the client stand, and for a
    first day more than ten years away, as every period since would be opened at once.
    """
    if not policies.may_promise(actor):
        raise NotAllowed(_("Only admins and leads begin an engagement."))
    if lead is not None and (not lead.is_staff or lead.left_at is not None):
        raise Conflict(_("%(name)s does not work for the firm. Choose a colleague as lead.") % {"name": lead.name}, field="lead")
    if abs(terms.starts_on - timezone.localdate()) > FURTHEST_BEGINNING:
        raise Conflict(_("Choose a first day within ten years. Older time is imported."), field="starts_on")
    engagement = Engagement.objects.create(client=client, name=name, currency=currency, lead=lead, starts_on=terms.starts_on)
    _write_terms(engagement, terms)
    record("engagement.begun", actor=actor, about=engagement)
    return engagement


@transaction.atomic
def agree_terms(*, actor: Actor, engagement: Engagement, terms: Terms) -> RetainerTerms:
    """Put new terms in force from a day on; the terms before them end there and stay as they were.

    Raises NotAllowed; Conflict when later terms are already agreed or the day is before the engagement.
    """
    if not policies.may_promise(actor):
        raise NotAllowed(_("Only admins and leads agree terms."))
    retainer = Engagement.objects.select_for_update(no_key=True).get(pk=engagement.pk)
    latest = retainer.terms.order_by("-starts_on").first()
    if terms.starts_on < retainer.starts_on or (latest and terms.starts_on <= latest.starts_on):
        after = latest.starts_on if latest else retainer.starts_on
        raise Conflict(_("Terms are agreed forward: choose a day after %(day)s.") % {"day": after}, field="starts_on")
    if latest is not None:
        latest.ends_on = terms.starts_on
        latest.save(update_fields=["ends_on"])
    agreed = _write_terms(retainer, terms)
    record("terms.agreed", actor=actor, about=agreed, starts_on=terms.starts_on.isoformat())
    return agreed


def _write_terms(engagement: Engagement, terms: Terms) -> RetainerTerms:
    values: dict[str, Any] = {field.name: getattr(terms, field.name) for field in fields(terms)}
    values |= {"weights": dict(terms.weights), "thresholds": sorted(terms.thresholds)}
    return RetainerTerms.objects.create(client_id=engagement.client_id, engagement=engagement, **values)


@transaction.atomic
def take_into_care(
    *,
    actor: Actor,
    engagement: Engagement,
    name: str,
    kind: str,
    purpose: str = "",
    since: dt.date,
    components: tuple[tuple[str, str, str], ...] = (),
) -> AISystem:
    """Take an AI system into care, with its components as (name, kind, version).

    Raises NotAllowed, and Conflict when the client already has a system of that name.
    """
    if not policies.may_describe_systems(actor):
        raise NotAllowed(_("Only the firm's people keep the list of systems."))
    if AISystem.objects.filter(client_id=engagement.client_id, name=name).exists():
        raise Conflict(_("%(name)s is already in care. Give this one another name.") % {"name": name}, field="name")
    system = AISystem.objects.create(
        client_id=engagement.client_id, engagement=engagement, name=name, kind=kind, purpose=purpose, in_care_since=since
    )
    for part, part_kind, version in components:
        Component.objects.create(client_id=system.client_id, system=system, name=part, kind=part_kind, version=version)
    record("system.taken_into_care", actor=actor, about=system)
    return system
