"""Promises made to a client: the retainer, its terms, the systems in care."""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.actions.currencies import hold_to_currency
from accounts.actors import Actor
from accounts.errors import Conflict, NotAllowed, WrongClient
from accounts.models import Client, Person
from engagements import policies
from engagements.errors import Behind, PeriodClosed, RateMissing, TooManyPlaces
from engagements.models import AISystem, Component, Engagement, RetainerTerms, ServiceArea, ServicePlan
from engagements.rules import Terms
from events.actions import record
from figures.currencies import places_of
from figures.rounding import money

FURTHEST_BEGINNING = dt.timedelta(days=3653)
DAYS_OF_A_WEEK = 7
OF_A_SYSTEM = frozenset({"name", "kind", "purpose", "retired_on"})
OF_A_COMPONENT = frozenset({"name", "kind", "version"})
ONBOARDING = (
    (
        gettext_noop("Take stock of the AI systems"),
        0,
        ServiceArea.SYSTEM_UPDATES,
        180,
        gettext_noop("List every system, its model, prompts and connections\nName who relies on each\nNote who holds which access"),
    ),
    (
        gettext_noop("Set up the monitors"),
        13,
        ServiceArea.PERFORMANCE_MONITORING,
        240,
        gettext_noop("Choose what to measure for each system\nConnect the measurements\nAgree who is told, and when"),
    ),
    (
        gettext_noop("Record the baselines"),
        29,
        ServiceArea.PERFORMANCE_MONITORING,
        180,
        gettext_noop("Look at two weeks of measurements\nSample twenty answers of each system\nWrite the baseline down"),
    ),
    (
        gettext_noop("Write the first report"),
        59,
        ServiceArea.REPORTING,
        120,
        gettext_noop("What was found\nWhat was mended\nWhat should come next"),
    ),
)


@contextmanager
def kept_from_closed_periods(field: str) -> Iterator[None]:
    """Say in a sentence what the database refuses: a promise that would change what is closed. Raises PeriodClosed."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        told = error.__cause__.diag if isinstance(error.__cause__, psycopg.Error) else None
        if told is None or not (told.constraint_name or "").endswith("behind_the_last_close"):
            raise
        first = dt.date.fromisoformat(told.message_detail or "")
        sentence = _("Periods up to %(day)s are closed and never change. Choose %(first)s or a later day.")
        days = {"day": date_format(first - dt.timedelta(days=1), "j F Y"), "first": date_format(first, "j F Y")}
        raise PeriodClosed(sentence % days, field=field) from error


@transaction.atomic
def begin_engagement(*, actor: Actor, client: Client, name: str, currency: str, terms: Terms, lead: Person | None = None) -> Engagement:
    """Promise a client hours from `terms.starts_on` on. Its periods open by themselves.

    Raises NotAllowed; Conflict for a lead who is not of the firm, as leads are told how the hours of the client stand, and for a
    first day more than ten years away, as every period since would be opened at once; UnknownCurrency, RateMissing, TooManyPlaces.
    """
    if not policies.may_promise(actor):
        raise NotAllowed(_("Only admins and leads begin an engagement."))
    if lead is not None and (not lead.is_staff or lead.left_at is not None):
        raise Conflict(_("%(name)s does not work for the firm. Choose a colleague as lead.") % {"name": lead.name}, field="lead")
    if abs(terms.starts_on - timezone.localdate()) > FURTHEST_BEGINNING:
        raise Conflict(_("Choose a first day within ten years. Older time is imported."), field="starts_on")
    hold_to_currency(currency)
    engagement = Engagement.objects.create(client=client, name=name, currency=currency, lead=lead, starts_on=terms.starts_on)
    _write_terms(engagement, terms)
    record("engagement.begun", actor=actor, about=engagement)
    return engagement


@transaction.atomic
def agree_terms(*, actor: Actor, engagement: Engagement, terms: Terms) -> RetainerTerms:
    """Put new terms in force from a day on; the terms before them end there and stay as they were.

    Raises NotAllowed; Conflict when later terms are already agreed or the day lies outside the engagement; PeriodClosed,
    RateMissing, TooManyPlaces.
    """
    if not policies.may_promise(actor):
        raise NotAllowed(_("Only admins and leads agree terms."))
    retainer = Engagement.objects.select_for_update(no_key=True).get(pk=engagement.pk)
    if retainer.draws_on_id is not None:
        raise Conflict(_("%(name)s draws on another retainer; agree the terms of that one.") % {"name": retainer.name})
    latest = retainer.terms.order_by("-starts_on").first()
    if terms.starts_on < retainer.starts_on or (latest and terms.starts_on <= latest.starts_on):
        after = latest.starts_on if latest else retainer.starts_on
        raise Conflict(_("Terms are agreed forward: choose a day after %(day)s.") % {"day": after}, field="starts_on")
    if retainer.ends_on is not None and terms.starts_on >= retainer.ends_on:
        ended = _("%(name)s ends on %(day)s. Choose a day before it, or take the end back first.")
        raise Conflict(ended % {"name": retainer.name, "day": date_format(retainer.ends_on, "j F Y")}, field="starts_on")
    with kept_from_closed_periods("starts_on"):
        if latest is not None:
            latest.ends_on = terms.starts_on
            latest.save(update_fields=["ends_on"])
        agreed = _write_terms(retainer, terms)
    record("terms.agreed", actor=actor, about=agreed, starts_on=terms.starts_on.isoformat())
    return agreed


def hold_to_places(terms: Terms, currency: str) -> None:
    """Raise TooManyPlaces for a fee or rate that is finer than the smallest coin of its currency, before a part of it is charged."""
    hold_amount(terms.fee, currency, _("A fee in %(currency)s has fewer decimals. Write one like %(amount)s."), field="fee")
    hold_amount(
        terms.overage_rate, currency, _("A rate in %(currency)s has fewer decimals. Write one like %(amount)s."), field="overage_rate"
    )


def hold_amount(amount: Decimal | None, currency: str, sentence: str, *, field: str) -> None:
    """Raise TooManyPlaces with the sentence, filled in with the currency and an amount that it has, for one that is finer."""
    if amount is not None and amount != (whole := money(amount, places_of(currency))):
        raise TooManyPlaces(sentence % {"currency": currency, "amount": whole}, field=field)


def _write_terms(engagement: Engagement, terms: Terms) -> RetainerTerms:
    if terms.overage == "bill" and terms.overage_rate is None:
        sentence = _(
            "Hours over that are billed need a rate an hour over. Say which, or choose that the client authorises or you absorb them."
        )
        raise RateMissing(sentence, field="overage_rate")
    hold_to_places(terms, engagement.currency)
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
    _hold_to_describing(actor)
    if AISystem.objects.filter(client_id=engagement.client_id, name=name).exists():
        raise Conflict(_("%(name)s is already in care. Give this one another name.") % {"name": name}, field="name")
    system = AISystem.objects.create(
        client_id=engagement.client_id, engagement=engagement, name=name, kind=kind, purpose=purpose, in_care_since=since
    )
    for part, part_kind, version in components:
        Component.objects.create(client_id=system.client_id, system=system, name=part, kind=part_kind, version=version)
    record("system.taken_into_care", actor=actor, about=system)
    return system


@transaction.atomic
def describe_system(*, actor: Actor, system: AISystem, **changes: Any) -> AISystem:
    """Set anew what a system in care is: `name`, `kind`, `purpose`, and the day it was `retired_on`, None while it is in care.

    Raises NotAllowed; Conflict for the name of another one, and for a retirement before it was in care.
    """
    _hold_to_describing(actor)
    standing = AISystem.objects.select_for_update(no_key=True).get(pk=system.pk)
    changed = sorted(name for name in OF_A_SYSTEM & changes.keys() if getattr(standing, name) != changes[name])
    if "name" in changed and AISystem.objects.filter(client_id=standing.client_id, name=changes["name"]).exists():
        raise Conflict(_("%(name)s is already in care. Give this one another name.") % {"name": changes["name"]}, field="name")
    retired_on = changes.get("retired_on")
    if retired_on is not None and retired_on < standing.in_care_since:
        raise Conflict(_("It is in care since %(day)s. Choose a day from then on.") % {"day": standing.in_care_since}, field="retired_on")
    return _describe(actor, standing, changes, changed, "system.described")


@transaction.atomic
def add_component(*, actor: Actor, system: AISystem, name: str, kind: str, version: str = "") -> Component:
    """Add a part to a system in care. Raises NotAllowed, and Conflict when it already has a part of that name."""
    _hold_to_describing(actor)
    AISystem.objects.select_for_update(no_key=True).get(pk=system.pk)
    _refuse_second_part(system.pk, name)
    part = Component.objects.create(client_id=system.client_id, system=system, name=name, kind=kind, version=version)
    record("component.added", actor=actor, about=part)
    return part


@transaction.atomic
def describe_component(*, actor: Actor, component: Component, **changes: Any) -> Component:
    """Set anew what a part is: its `name`, `kind` and `version`; the history keeps which version ran until when.

    Raises NotAllowed, and Conflict for the name of another part.
    """
    _hold_to_describing(actor)
    standing = Component.objects.select_for_update(no_key=True).get(pk=component.pk)
    changed = sorted(name for name in OF_A_COMPONENT & changes.keys() if getattr(standing, name) != changes[name])
    if "name" in changed:
        _refuse_second_part(standing.system_id, changes["name"])
    return _describe(actor, standing, changes, changed, "component.described")


@transaction.atomic
def remove_component(*, actor: Actor, component: Component) -> None:
    """Take a part out of its system; tickets that named it name the system alone, and the history keeps what it was. Raises NotAllowed."""
    _hold_to_describing(actor)
    record("component.removed", actor=actor, about=component, client_id=component.client_id, system=str(component.system_id))
    component.delete()


def _hold_to_describing(actor: Actor) -> None:
    if not policies.may_describe_systems(actor):
        raise NotAllowed(_("Only the firm's people keep the list of systems."))


def _refuse_second_part(system_id: UUID, name: str) -> None:
    if Component.objects.filter(system_id=system_id, name=name).exists():
        raise Conflict(_("It already has a part of that name. Give this one another."), field="name")


def _describe[M: (AISystem, Component)](actor: Actor, standing: M, changes: Mapping[str, Any], changed: list[str], kind: str) -> M:
    for name in changed:
        setattr(standing, name, changes[name])
    if changed:
        standing.save(update_fields=changed)
        record(kind, actor=actor, about=standing, fields=changed)
    return standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Recurring work as it is asked for. `day` is the ISO weekday of a weekly one, else a day of the month."""

    what: str
    service_area: str
    cadence: str
    estimate_minutes: int
    starts_on: dt.date
    day: int = 1
    ends_on: dt.date | None = None
    checklist: str = ""
    system: AISystem | None = None
    person: Person | None = None


@transaction.atomic
def add_plan(*, actor: Actor, engagement: Engagement, plan: Plan) -> ServicePlan:
    """Plan work that comes back by itself.

    Raises NotAllowed, WrongClient, Behind for what is due once and on a day before today, and Conflict that names the field.
    """
    if not policies.may_plan(actor):
        raise NotAllowed(_("Only admins and leads plan recurring work: it takes hours of every period."))
    retainer = Engagement.objects.select_for_update(no_key=True, of=("self",)).get(pk=engagement.pk)
    _refuse_impossible(plan, retainer)
    added = ServicePlan.objects.create(
        client_id=retainer.client_id, engagement=retainer, **{field.name: getattr(plan, field.name) for field in fields(plan)}
    )
    record("plan.added", actor=actor, about=added, minutes=added.estimate_minutes, cadence=added.cadence)
    return added


def _refuse_impossible(plan: Plan, retainer: Engagement) -> None:
    if plan.system is not None and plan.system.client_id != retainer.client_id:
        raise WrongClient(_("This belongs to another client."), field="system")
    if plan.person is not None and (not plan.person.is_staff or plan.person.left_at is not None):
        raise Conflict(_("%(name)s does not work for the firm.") % {"name": plan.person.name}, field="person")
    if plan.cadence == ServicePlan.Cadence.WEEKLY and plan.day > DAYS_OF_A_WEEK:
        raise Conflict(_("A week has seven days: 1 is Monday, 7 is Sunday."), field="day")
    if plan.ends_on is not None and plan.ends_on <= plan.starts_on:
        raise Conflict(_("It ends after it starts."), field="ends_on")
    if plan.starts_on < retainer.starts_on or (retainer.ends_on is not None and plan.starts_on >= retainer.ends_on):
        raise Conflict(_("Choose a first day on which %(name)s runs.") % {"name": retainer.name}, field="starts_on")
    if plan.cadence == ServicePlan.Cadence.ONCE and plan.starts_on < timezone.localdate():
        raise Behind(_("This day is over, so it would never come due. Choose today or a later day."), field="starts_on")


@transaction.atomic
def end_plan(*, actor: Actor, plan: ServicePlan, ends_on: dt.date) -> ServicePlan:
    """Plan no more of it from a day on. Tickets that are open already stay. Raises NotAllowed."""
    if not policies.may_plan(actor):
        raise NotAllowed(_("Only admins and leads end recurring work."))
    Engagement.objects.select_for_update(no_key=True).get(pk=plan.engagement_id)
    standing = ServicePlan.objects.get(pk=plan.pk)
    standing.ends_on = max(ends_on, standing.starts_on)
    standing.save(update_fields=["ends_on"])
    record("plan.ended", actor=actor, about=standing, ends_on=standing.ends_on.isoformat())
    return standing


@transaction.atomic
def plan_onboarding(*, actor: Actor, engagement: Engagement, starts_on: dt.date) -> list[ServicePlan]:
    """Plan the first 60 days of a client: inventory, monitors, baselines, first report.

    Raises as `add_plan`, and Conflict the second time.
    """
    if not policies.may_plan(actor):
        raise NotAllowed(_("Only admins and leads plan recurring work: it takes hours of every period."))
    retainer = Engagement.objects.select_for_update(no_key=True, of=("self",)).select_related("lead").get(pk=engagement.pk)
    steps = [(str(_(what)), after, area, minutes, str(_(checklist))) for what, after, area, minutes, checklist in ONBOARDING]
    if retainer.plans.filter(what__in=[what for what, *_rest in steps]).exists():
        raise Conflict(_("The first 60 days are planned already."))
    return [
        add_plan(
            actor=actor,
            engagement=retainer,
            plan=Plan(
                what=what,
                service_area=area,
                cadence=ServicePlan.Cadence.ONCE,
                estimate_minutes=minutes,
                starts_on=starts_on + dt.timedelta(days=after),
                checklist=checklist,
                person=retainer.lead,
            ),
        )
        for what, after, area, minutes, checklist in steps
    ]
