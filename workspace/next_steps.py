"""The one thing to do next where a page would otherwise leave its reader: on Today of a new firm, and at the head of a retainer."""

import datetime as dt
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext

from accounts.actors import Actor
from accounts.models import Client, Membership
from accounts.policies import may_add_people, may_describe_firm
from billing.models import Period, TimeEntry
from engagements.models import Engagement
from engagements.policies import may_describe_systems, may_promise
from look.templatetags.tend import long_day


class Step(NamedTuple):
    """What is so, and the way on."""

    sentence: str
    label: str
    url: str


def without_retainer(actor: Actor) -> Client | None:
    """The newest client that was promised nothing yet."""
    promised = Engagement.objects.visible_to(actor).values("client_id")
    return Client.objects.visible_to(actor).in_care().exclude(pk__in=promised).order_by("-created_at").first()


def for_a_new_firm(actor: Actor, *, has_retainers: bool) -> Step | None:
    """For whoever sets the firm up, until a client is promised hours and the first of them is logged."""
    if not may_describe_firm(actor):
        return None
    if not has_retainers:
        client = without_retainer(actor)
        if client is None:
            return Step(gettext("No retainer runs yet."), gettext("Take a client into care"), reverse("workspace:new_client"))
        said = gettext("%(client)s is promised no hours yet.") % {"client": client.name}
        return Step(said, gettext("Agree on its hours"), reverse("workspace:new_retainer", args=[client.pk]))
    if TimeEntry.objects.visible_to(actor).exists():
        return None
    return Step(gettext("No time is logged yet: write how long, on what, and what you did."), gettext("Log the first time"), "#log")


def for_a_retainer(actor: Actor, engagement: Engagement, day: dt.date) -> Step | None:
    """What a retainer that runs still lacks; where it lacks nothing, its hours."""
    if engagement.draws_on_id or engagement.starts_on > day or (engagement.ends_on and engagement.ends_on <= day):
        return None
    client = engagement.client
    if may_promise(actor) and not engagement.terms.exists():
        url = reverse("workspace:new_terms", args=[engagement.pk])
        return Step(gettext("It promises no hours yet."), gettext("Agree on terms"), url)
    if may_add_people(actor) and not Membership.objects.visible_to(actor).active().filter(client=client).exists():
        said = gettext("Nobody at %(client)s can sign in yet: to ask, to approve an estimate, to read a statement.")
        label = gettext("Invite somebody of %(client)s") % {"client": client.name}
        return Step(said % {"client": client.name}, label, f"{reverse('workspace:people')}?client={client.pk}#contact")
    if may_describe_systems(actor) and not engagement.systems.exists():
        url = f"{reverse('workspace:new_system')}?engagement={engagement.pk}"
        return Step(gettext("No AI system of it is in care yet."), gettext("Take one into care"), url)
    period = Period.objects.visible_to(actor).filter(engagement=engagement).of_the_promise().covering(day).first()
    if period is None:
        return None
    said = gettext("Its period runs up to and including %(day)s.") % {"day": long_day(period.last_day)}
    return Step(said, gettext("Open its hours"), reverse("workspace:period", args=[period.pk]))
