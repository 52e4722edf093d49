"""Somebody who speaks for a client: in which roles, up to how much money, and for whom else."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions.inviting import invite_to_client
from accounts.actions.people import change_roles
from accounts.actors import MemberRole
from accounts.errors import DomainError
from accounts.models import Membership, User
from accounts.policies import may_add_people
from look.limits import currencies_of, one_of
from look.once import once
from workspace.access import StaffRequest, for_staff, only_if
from workspace.forms import refuse
from workspace.people_form import JoinForm, RolesForm, roles_of
from workspace.shell import show


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def membership(request: StaffRequest, pk: UUID) -> HttpResponse:
    """What somebody may do for their client; a POST sets their roles anew."""
    only_if(may_add_people(request.actor))
    found = standing(request, pk)
    form = RolesForm(request.POST if request.method == "POST" else None, initial={"roles": found.roles})
    if request.method == "POST" and form.is_valid():
        try:
            change_roles(actor=request.actor, membership=found, roles=roles_in(form))
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, gettext("Saved for %(name)s.") % {"name": found.person.name})
            return redirect("workspace:membership", found.pk)
    return membership_page(request, found, roles_form=form, status=422 if form.errors else 200)


@for_staff
@require_POST
@once
def join_another(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Let the person speak for another client as well; they are written to."""
    only_if(may_add_people(request.actor))
    found = standing(request, pk)
    form = JoinForm(request.POST, prefix="join", actor=request.actor, person=found.person)
    if form.is_valid():
        try:
            joined = invite_to_client(actor=request.actor, person=found.person, client=form.cleaned_data["client"], roles=roles_in(form))
        except DomainError as error:
            refuse(form, error)
        else:
            told = gettext("%(name)s speaks for %(client)s now, and is told by mail.")
            messages.success(request, told % {"name": found.person.name, "client": joined.client.name})
            return redirect("workspace:membership", joined.pk)
    return membership_page(request, found, join_form=form, status=422)


def membership_page(
    request: StaffRequest,
    found: Membership,
    *,
    roles_form: RolesForm | None = None,
    join_form: JoinForm | None = None,
    status: int = 200,
) -> HttpResponse:
    others = Membership.objects.visible_to(request.actor).active().filter(person=found.person).exclude(pk=found.pk)
    context = {
        "membership": found,
        "currency": one_of(currencies_of(found.client_id)),
        "is_new": User.objects.filter(person=found.person_id, last_login=None).exists(),
        "roles_form": roles_form or RolesForm(initial={"roles": found.roles}),
        "join_form": join_form or JoinForm(prefix="join", actor=request.actor, person=found.person),
        "others": [(each, roles_of(each)) for each in others.select_related("client").order_by("client__name")],
    }
    return show(request, "membership", context, place="settings", status=status)


def standing(request: StaffRequest, pk: UUID) -> Membership:
    return get_object_or_404(Membership.objects.visible_to(request.actor).active().select_related("person", "client"), pk=pk)


def roles_in(form: RolesForm | JoinForm) -> list[MemberRole]:
    return [MemberRole(role) for role in form.cleaned_data["roles"]]
