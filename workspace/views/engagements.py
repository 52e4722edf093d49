"""One engagement: how it runs, rests, ends and is shared, its signed contract, and every version of its terms."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Sum
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import DomainError
from billing.actions.contracts import file_contract
from billing.actions.ending import end_as_read
from billing.errors import DebtCalledIn
from billing.models import SignedContract, TimeEntry
from engagements.actions import (
    Living,
    begin_project,
    continue_engagement,
    pause_engagement,
    resume_engagement,
    set_engagement,
)
from engagements.actions.living import earliest_end
from engagements.models import Engagement, Pause
from engagements.policies import may_promise
from look.downloads import stored
from look.once import once
from workspace.access import StaffRequest, for_staff, only_if
from workspace.forms import refuse, telling
from workspace.life_form import ContractForm, EndForm, LivingForm, PauseForm, ProjectForm
from workspace.next_steps import for_a_retainer
from workspace.shell import show

FORMS = {"living": LivingForm, "pause": PauseForm, "end": EndForm, "project": ProjectForm, "contract": ContractForm}


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def engagement(request: StaffRequest, pk: UUID) -> HttpResponse:
    """One engagement in full; a POST says anew how it runs."""
    found = of_staff(request, pk)

    def act(form: LivingForm) -> str:
        set_engagement(actor=request.actor, engagement=found, living=form.living())
        return gettext("Saved.")

    return done(request, found, "living", act) if request.method == "POST" else page(request, found)


@for_staff
@require_POST
@once
def pause(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = of_staff(request, pk)

    def act(form: forms.Form) -> str:
        pause_engagement(actor=request.actor, engagement=found, **form.cleaned_data)
        return gettext("It rests for these days: no hours are granted and no fee is charged.")

    return done(request, found, "pause", act)


@for_staff
@require_POST
def resume(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Resume today; a pause that has not begun is taken back."""
    resting = get_object_or_404(Pause.objects.visible_to(request.actor).select_related("engagement"), pk=pk)
    only_if(may_promise(request.actor))
    with telling(request, gettext("It runs again.")):
        resume_engagement(actor=request.actor, pause=resting, on=timezone.localdate())
    return redirect("workspace:engagement", resting.engagement_id)


@for_staff
@require_POST
def end(request: StaffRequest, pk: UUID) -> HttpResponse:
    """End it; where that calls in borrowed hours, only once the form was shown with them (`called_in`)."""
    found = of_staff(request, pk)

    def act(form: EndForm) -> str:
        try:
            end_as_read(actor=request.actor, engagement=found, **form.cleaned_data)
        except DebtCalledIn as error:
            form.show_debt(error.minutes)
            raise
        return gettext("It ends then. What is left of its hours expires with it.")

    return done(request, found, "end", act)


@for_staff
@require_POST
def go_on(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Take the end back."""
    found = of_staff(request, pk)
    with telling(request, gettext("It runs on.")):
        continue_engagement(actor=request.actor, engagement=found)
    return redirect("workspace:engagement", pk)


@for_staff
@require_POST
@once
def project(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = of_staff(request, pk)

    def act(form: forms.Form) -> str:
        begun = begin_project(actor=request.actor, pool=found, **form.cleaned_data)
        return gettext("%(name)s draws on these hours from now on.") % {"name": begun.name}

    return done(request, found, "project", act)


@for_staff
@require_POST
@once
def contract(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = of_staff(request, pk)

    def act(form: forms.Form) -> str:
        filed = file_contract(actor=request.actor, engagement=found, file=form.cleaned_data["contract"])
        return gettext("%(name)s is kept.") % {"name": filed.name}

    return done(request, found, "contract", act)


@for_staff
@require_safe
def contract_file(request: StaffRequest, pk: UUID) -> FileResponse:
    only_if(request.actor.leads)
    return stored(get_object_or_404(SignedContract.objects.visible_to(request.actor), pk=pk))


def of_staff(request: StaffRequest, pk: UUID) -> Engagement:
    found = get_object_or_404(Engagement.objects.visible_to(request.actor).select_related("client", "lead", "draws_on"), pk=pk)
    only_if(request.method in {"GET", "HEAD"} or may_promise(request.actor))
    return found


def done(request: StaffRequest, found: Engagement, name: str, act: Callable[[Any], str]) -> HttpResponse:
    """Carry out what a form says, and back to the page; or the page again with what is wrong, and nothing typed lost."""
    form = FORMS[name](request.POST, request.FILES, prefix=name)
    if form.is_valid():
        try:
            words = act(form)
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, words)
            return redirect("workspace:engagement", found.pk)
    return page(request, found, {name: form})


def page(request: StaffRequest, found: Engagement, bound: dict[str, forms.Form] | None = None) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    shown: dict[str, forms.Form] = {name: form_class(prefix=name) for name, form_class in FORMS.items()}
    shown["living"] = LivingForm(prefix="living", initial=asdict(Living.of(found)) | {"lead": found.lead_id})
    sums = TimeEntry.objects.visible_to(actor).burning().filter(period__engagement=found).order_by().values("engagement")
    burned = dict(sums.annotate(total=Sum("burn_minutes")).values_list("engagement", "total"))
    projects = Engagement.objects.visible_to(actor).filter(draws_on=found).select_related("lead").order_by("name")
    context = {
        "engagement": found,
        "forms": shown | (bound or {}),
        "pauses": Pause.objects.visible_to(actor).of(found),
        "projects": [(each, burned.get(each.pk, 0)) for each in projects],
        "own_minutes": burned.get(found.pk, 0),
        "contracts": SignedContract.objects.visible_to(actor).filter(engagement=found).order_by("-created_at") if actor.leads else [],
        "versions": found.terms.order_by("-starts_on"),
        "soonest": earliest_end(found, today),
        "today": today,
        "next_step": for_a_retainer(actor, found, today),
        "may": {"promise": may_promise(actor)},
    }
    return show(request, "engagement", context, place="clients", status=422 if bound else 200)
