"""The views somebody saved: kept from a list, opened, renamed, shared, forgotten."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions.views import change_view, forget_view, save_view
from accounts.errors import DomainError
from accounts.models import SavedView
from accounts.policies import may_change_view, may_share_views
from look.gone import gone_already
from look.once import once
from workspace.access import StaffRequest, for_staff, person_of
from workspace.forms import said, telling
from workspace.saved import NO_VIEW, address_of
from workspace.shell import show


class ViewForm(forms.Form):
    """What a view is called and how it is used."""

    name = forms.CharField(label=_("Name"), max_length=60)
    is_shared = forms.BooleanField(label=_("For everybody of the firm"), required=False)
    is_default = forms.BooleanField(label=_("Open the list with it"), required=False)


class NewViewForm(ViewForm):
    page = forms.ChoiceField(choices=SavedView.Page.choices)
    query = forms.CharField(max_length=4000, required=False)


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
@once
def views(request: StaffRequest) -> HttpResponse:
    """Every view one has, and those that are shared; POST keeps the filters of a list under a name and opens it again."""
    person_of(request.actor)
    if request.method != "POST":
        found = SavedView.objects.visible_to(request.actor).in_order()
        rows = [(view, address_of(view), may_change_view(request.actor, view)) for view in found]
        return show(request, "views", {"rows": rows, "may": {"share": may_share_views(request.actor)}}, place="settings")
    form = NewViewForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("Give the view a name of up to 60 letters."))
        return redirect(_list_of(request))
    try:
        view = save_view(actor=request.actor, **form.cleaned_data)
    except DomainError as error:
        messages.error(request, said(error))
        return redirect(_list_of(request))
    messages.success(request, gettext("%(name)s is kept.") % {"name": view.name})
    return redirect(address_of(view))


def _list_of(request: StaffRequest) -> str:
    """Back to the list with what was asked of it, so that nothing chosen is lost."""
    page, query = request.POST.get("page", ""), request.POST.get("query", "")[:4000]
    known = page in SavedView.Page.values
    return f"{reverse(f'workspace:{page}' if known else 'workspace:views')}?{query or f'view={NO_VIEW}'}"


@for_staff
@require_POST
def view(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Rename a view, share it, or open its list with it."""
    found = get_object_or_404(SavedView.objects.visible_to(request.actor), pk=pk)
    form = ViewForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("Give the view a name of up to 60 letters."))
        return redirect("workspace:views")
    with telling(request, gettext("Saved.")):
        change_view(actor=request.actor, view=found, **form.cleaned_data)
    return redirect("workspace:views")


@for_staff
@require_POST
def view_deletion(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = SavedView.objects.visible_to(request.actor).filter(pk=pk).first()
    if found is None:
        return gone_already(request, SavedView, pk, told_as="view.forgotten", to="workspace:views")
    with telling(request, gettext("%(name)s is forgotten.") % {"name": found.name}):
        forget_view(actor=request.actor, view=found)
    return redirect("workspace:views")
