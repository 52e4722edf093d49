"""The firm's people and the clients' contacts: brought in, assigned, given roles."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions import inviting
from accounts.actions.people import assign, leave_client, limit_approvals, unassign
from accounts.actors import MemberRole, StaffRole
from accounts.errors import DomainError
from accounts.models import Assignment, Client, Firm, Membership, Person, SavedView
from accounts.policies import may_add_people, may_share_balance
from look.contacts import contact_rows
from look.gone import gone_already
from look.limits import limit_told, with_currencies
from look.once import once
from look.sheets import as_file, is_asked
from workspace.access import StaffRequest, for_staff, only_if
from workspace.columns import COLLEAGUES, CONTACTS
from workspace.forms import refuse
from workspace.paging import page_of
from workspace.people_form import AssignmentForm, InviteContactForm, InviteStaffForm, roles_of
from workspace.proposal_form import LimitForm
from workspace.saved import with_views
from workspace.shell import show, typed


@for_staff
@require_http_methods(["GET", "HEAD"])
@with_views(SavedView.Page.PEOPLE)
def people(request: StaffRequest) -> HttpResponseBase:
    """The firm's people and the clients' contacts; `q` narrows the contacts, `format` gives them as a file.

    With `list=colleagues` the file is of the firm's people.
    """
    if is_asked(request, "colleagues"):
        file = as_file(request, "colleagues", COLLEAGUES, colleagues_of(request))
    else:
        file = as_file(request, "contacts", CONTACTS, contacts_of(request))
    return file or people_page(request)


def colleagues_of(request: StaffRequest) -> QuerySet[Person]:
    """The firm's people, each with those clients of theirs that the reader sees."""
    worked_for = Prefetch("assignments", Assignment.objects.visible_to(request.actor).select_related("client"))
    return Person.objects.visible_to(request.actor).of_the_firm().order_by("name", "pk").prefetch_related(worked_for)


def contacts_of(request: StaffRequest) -> QuerySet[Membership]:
    seen = Membership.objects.visible_to(request.actor).active().select_related("person", "client")
    if wanted := typed(request.GET, "q", 80):
        seen = seen.filter(Q(person__name__icontains=wanted) | Q(client__name__icontains=wanted) | Q(client__code__iexact=wanted))
    return with_currencies(seen.order_by("client__name", "person__name", "pk"))


def people_page(
    request: StaffRequest,
    *,
    staff_form: InviteStaffForm | None = None,
    contact_form: InviteContactForm | None = None,
    assignment_form: AssignmentForm | None = None,
    status: int = 200,
) -> HttpResponse:
    actor = request.actor
    may_invite = may_add_people(actor)
    zone = {"time_zone": Firm.objects.the().time_zone}
    page = page_of(contacts_of(request), request.GET)
    context = {
        "colleagues": colleagues_of(request),
        "page": page,
        "q": typed(request.GET, "q", 80),
        "contacts": [(each, roles_of(each), limit_told(each, each.currencies)) for each in page.rows],
        "may": {"invite": may_invite},
    }
    if may_invite:
        chosen = {"client": request.GET.get("client", "")}
        context |= {
            "staff_form": staff_form or InviteStaffForm(prefix="staff", initial=zone),
            "contact_form": contact_form or InviteContactForm(prefix="contact", actor=actor, initial=chosen),
            "assignment_form": assignment_form or AssignmentForm(prefix="assign", actor=actor),
        }
    return show(request, "people", context, place="settings", status=status)


@for_staff
@require_safe
def client_people(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Who speaks for one client, when they were last there, and which keys and links of theirs are live."""
    client = get_object_or_404(Client.objects.visible_to(request.actor), pk=pk)
    may = {"change": may_add_people(request.actor), "unshare": may_share_balance(request.actor, client_id=client.pk)}
    context = {"client": client, "rows": contact_rows(request.actor, client), "may": may}
    return show(request, "client_people", context, place="clients")


@for_staff
@require_POST
@once
def invite_staff(request: StaffRequest) -> HttpResponse:
    """Bring in a colleague; they sign in with a code sent to their address."""
    only_if(may_add_people(request.actor))
    form = InviteStaffForm(request.POST, prefix="staff")
    if form.is_valid():
        values = form.cleaned_data
        try:
            person = inviting.invite_colleague(actor=request.actor, **values | {"staff_role": StaffRole(values["staff_role"])})
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, gettext("%(name)s is invited by mail and can sign in now.") % {"name": person.name})
            return redirect("workspace:people")
    return people_page(request, staff_form=form, status=422)


@for_staff
@require_POST
@once
def invite_contact(request: StaffRequest) -> HttpResponse:
    """Bring in somebody of a client, in their roles."""
    only_if(may_add_people(request.actor))
    form = InviteContactForm(request.POST, prefix="contact", actor=request.actor)
    if form.is_valid():
        values = form.cleaned_data
        try:
            person = inviting.invite_contact(actor=request.actor, **values | {"roles": [MemberRole(role) for role in values["roles"]]})
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, gettext("%(name)s is invited by mail and can sign in now.") % {"name": person.name})
            return redirect("workspace:client", values["client"].pk)
    return people_page(request, contact_form=form, status=422)


@for_staff
@require_POST
def assign_person(request: StaffRequest) -> HttpResponse:
    only_if(may_add_people(request.actor))
    form = AssignmentForm(request.POST, prefix="assign", actor=request.actor)
    if form.is_valid():
        assign(actor=request.actor, **form.cleaned_data)
        said = gettext("%(name)s works for %(client)s now.")
        messages.success(request, said % {"name": form.cleaned_data["person"].name, "client": form.cleaned_data["client"].name})
        return redirect("workspace:people")
    return people_page(request, assignment_form=form, status=422)


@for_staff
@require_POST
def unassign_person(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Somebody no longer works for a client, and sees it no more unless they lead."""
    only_if(may_add_people(request.actor))
    found = Assignment.objects.visible_to(request.actor).select_related("person", "client").filter(pk=pk).first()
    if found is None:
        return gone_already(request, Assignment, pk, told_as="person.unassigned", to="workspace:people")
    unassign(actor=request.actor, assignment=found)
    messages.success(
        request, gettext("%(name)s no longer works for %(client)s.") % {"name": found.person.name, "client": found.client.name}
    )
    return redirect("workspace:people")


@for_staff
@require_POST
def end_membership(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Somebody no longer speaks for a client; their next request finds the door closed."""
    only_if(may_add_people(request.actor))
    found = get_object_or_404(Membership.objects.visible_to(request.actor).select_related("person", "client"), pk=pk)
    leave_client(actor=request.actor, membership=found)
    messages.success(
        request, gettext("%(name)s no longer speaks for %(client)s.") % {"name": found.person.name, "client": found.client.name}
    )
    return redirect("workspace:people")


@for_staff
@require_POST
def membership_limit(request: StaffRequest, pk: UUID) -> HttpResponse:
    """How much money a contact may approve at once (`up_to`); empty leaves owners without limit and others without money."""
    only_if(may_add_people(request.actor))
    found = get_object_or_404(Membership.objects.visible_to(request.actor).active().select_related("person"), pk=pk)
    form = LimitForm(request.POST)
    if form.is_valid():
        limit_approvals(actor=request.actor, membership=found, up_to=form.cleaned_data["up_to"])
        messages.success(request, gettext("Saved for %(name)s.") % {"name": found.person.name})
    else:
        messages.error(request, gettext("Write an amount like 2500, or nothing."))
    return redirect("workspace:membership", found.pk)
