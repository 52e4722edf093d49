"""The firm itself: its name, colour, zone and currency; its keys; and what people were told."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions.branding import hang_logo, take_down_logo
from accounts.actions.firm import describe_firm
from accounts.actions.keys import issue_key, revoke_key
from accounts.errors import DomainError
from accounts.models import ApiKey, Firm, Person
from accounts.policies import may_describe_firm
from events.actions import read_notices
from events.actions.choosing import choose_notices
from events.links import path_to
from events.models import Notice
from look.forms import status_of
from look.keys import end_of, key_rows, refuse
from look.notice_form import NoticeChoiceForm
from look.once import once_with_secret
from look.sheets import as_file
from look.visits import back
from workspace.access import StaffRequest, for_staff, only_if, person_of
from workspace.columns import KEYS, NOTICES
from workspace.firm_form import FirmForm, KeyForm
from workspace.forms import telling
from workspace.paging import page_of
from workspace.shell import show


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: StaffRequest) -> HttpResponse:
    """How the firm is called and coloured, where and in what money it works. Admins change it."""
    may_change = may_describe_firm(request.actor)
    only_if(may_change or request.method != "POST")
    form = FirmForm(request.POST or None, request.FILES or None, instance=Firm.objects.the())
    if form.instance.logo_id is None:
        del form.fields["without_logo"]
    if request.method == "POST" and form.is_valid() and saved(request, form):
        messages.success(request, gettext("Saved."))
        return redirect("workspace:settings")
    context = {"form": form, "may": {"change": may_change}}
    return show(request, "settings", context, place="settings", status=422 if form.errors else 200)


def saved(request: StaffRequest, form: FirmForm) -> bool:
    """Whether the firm was saved with its logo; otherwise nothing of it was, and the form says why."""
    try:
        with transaction.atomic():
            describe_firm(actor=request.actor, **form.cleaned_data)
            if form.cleaned_data["logo_file"]:
                hang_logo(actor=request.actor, file=form.cleaned_data["logo_file"])
            elif form.cleaned_data.get("without_logo"):
                take_down_logo(actor=request.actor)
    except DomainError as error:
        form.add_error("logo_file" if error.field == "logo" else None, error.sentence)
    return not form.errors


@for_staff
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once_with_secret
def keys(request: StaffRequest) -> HttpResponseBase:
    """Keys for programs. The secret of a new one is shown once, on the answer that made it."""
    actor, secret = request.actor, ""
    form = KeyForm(request.POST or None, actor=actor)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            _key, secret = issue_key(
                actor=actor,
                person=values.get("person") or Person.objects.get(pk=person_of(actor)),
                name=values["name"],
                scopes=values["scopes"],
                client=values["client"],
                expires_at=end_of(values["expires_on"]),
            )
        except DomainError as error:
            refuse(form, error)
        else:
            form = KeyForm(actor=actor)
    found = ApiKey.objects.visible_to(actor).select_related("person", "client").order_by("-pk")
    if file := as_file(request, "keys", KEYS, found):
        return file
    page = page_of(found, request.GET)
    context = {"form": form, "secret": secret, "page": page, "rows": key_rows(actor, page.rows)}
    return show(request, "keys", context, place="settings", status=status_of(form, secret))


@for_staff
@require_POST
def revoke(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Close the door to a key, at once and for ever."""
    found = get_object_or_404(ApiKey.objects.visible_to(request.actor), pk=pk)
    with telling(request, gettext("%(name)s opens no door any more.") % {"name": found.name}):
        revoke_key(actor=request.actor, key=found)
    return back(request, "workspace:keys")


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def notices(request: StaffRequest) -> HttpResponseBase:
    """What this person was told; POST marks all of it as read."""
    if request.method == "POST":
        read_notices(actor=request.actor)
        return redirect("workspace:notices")
    found = Notice.objects.visible_to(request.actor).select_related("client").order_by("-pk")
    if file := as_file(request, "notices", NOTICES, found):
        return file
    page = page_of(found, request.GET)
    rows = [(notice, path_to(notice.about_type, notice.about_id, door="workspace")) for notice in page.rows]
    return show(request, "notices", {"page": page, "rows": rows}, place="notices")


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def notice_choices(request: StaffRequest) -> HttpResponse:
    """What reaches this person, and how far."""
    form = NoticeChoiceForm(request.POST or None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        choose_notices(actor=request.actor, choices=form.choices())
        messages.success(request, gettext("Saved."))
        return redirect("workspace:notice_choices")
    return show(request, "notice_choices", {"form": form}, place="notices", status=422 if form.errors else 200)
