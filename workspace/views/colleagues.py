"""Somebody of the firm: how they are called, what they may do, and their leaving."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions.colleagues import describe_person, let_go
from accounts.actions.doors import open_ones_of
from accounts.actions.inviting import invite_again
from accounts.errors import DomainError
from accounts.models import Person
from accounts.policies import may_add_people, may_describe_person
from events.models import Webhook
from look.once import once
from look.visits import back
from tickets.models import Ticket
from workspace.access import StaffRequest, for_staff, only_if
from workspace.forms import refuse, telling
from workspace.people_form import ColleagueForm
from workspace.shell import show


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def colleague(request: StaffRequest, pk: UUID) -> HttpResponse:
    """A colleague, and the form that describes them anew."""
    only_if(may_add_people(request.actor))
    person = get_object_or_404(Person.objects.of_the_firm(), pk=pk)
    only_if(may_describe_person(request.actor, person))
    standing = {"name": person.name, "time_zone": person.time_zone, "staff_role": person.staff_role}
    form = ColleagueForm(request.POST or None, initial=standing)
    if request.method == "POST" and form.is_valid():
        try:
            describe_person(actor=request.actor, person=person, **form.cleaned_data)
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, gettext("Saved for %(name)s.") % {"name": form.cleaned_data["name"]})
            return redirect("workspace:colleague", pk)
    context = {
        "colleague": person,
        "form": form,
        "is_me": person.pk == request.actor.person_id,
        "is_new": person.user.last_login is None,
        "ends": open_ones_of(person.pk),
        "webhooks": Webhook.objects.visible_to(request.actor).filter(person=person, disabled_at=None).count(),
        "open_tickets": Ticket.objects.visible_to(request.actor).unsettled().filter(assignee=person).count(),
    }
    return show(request, "colleague", context, place="settings", status=422 if form.errors else 200)


@for_staff
@require_POST
def leaving(request: StaffRequest, pk: UUID) -> HttpResponse:
    """A colleague works here no more."""
    only_if(may_add_people(request.actor))
    person = get_object_or_404(Person.objects.of_the_firm(), pk=pk)
    with telling(request, gettext("%(name)s works here no more. What they did stays.") % {"name": person.name}):
        let_go(actor=request.actor, person=person)
    return redirect("workspace:people")


@for_staff
@require_POST
@once
def invitation(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Write once more to somebody who has not signed in yet, a colleague or a contact."""
    only_if(may_add_people(request.actor))
    person = get_object_or_404(Person.objects.visible_to(request.actor), pk=pk)
    with telling(request, gettext("%(name)s is invited by mail once more.") % {"name": person.name}):
        invite_again(actor=request.actor, person=person)
    return back(request, "workspace:people")
