"""A client's answer to hours over: a yes from the front page or the page of a period, taken back, or a no."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from accounts.errors import DomainError
from billing.actions import authorise_closed_overage, authorise_overage, decline_overage, revoke_authorisation
from billing.models import Authorisation, Period
from look.once import once
from look.templatetags.tend import hours
from portal.access import ClientRequest, for_clients
from portal.forms import ActionForm, AuthoriseForm, DeclineForm, LateForm
from portal.pages import page
from portal.views.home import front_context
from portal.views.hours import period_page, visible_period


@require_POST
@for_clients
@once
def authorisation(request: ClientRequest, pk: UUID) -> HttpResponseBase:
    """Say yes to hours over of a period, within limits; of a closed one they become a charge of the open period."""
    found = visible_period(request, pk)
    form: ActionForm = LateForm(request.POST) if found.closed_at else AuthoriseForm(request.POST)
    at_home = request.POST.get("at") == "home"
    if form.is_valid():
        try:
            done = _say_yes(request, found, form, at_home=at_home)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, done)
            return _onward(request, found, at_home=at_home)
    if at_home:
        messages.error(request, _wrong(form))
        return _onward(request, found, at_home=True, status=422)
    return period_page(request, found, form=form, status=422)


@require_POST
@for_clients
def refusal(request: ClientRequest, pk: UUID) -> HttpResponseBase:
    """Say no to the hours over of a period that its page, or the front page, showed (`minutes`)."""
    found, form = visible_period(request, pk), DeclineForm(request.POST)
    at_home = request.POST.get("at") == "home"
    if form.is_valid():
        try:
            declined = decline_overage(actor=request.actor, period=found, minutes=form.cleaned_data["minutes"])
        except DomainError as error:
            form.refuse(error)
        else:
            said = gettext("Declined. %(hours)s stay without a yes and are not billed.") % {"hours": hours(declined.minutes)}
            messages.success(request, said)
            return _onward(request, found, at_home=at_home)
    messages.error(request, _wrong(form))
    return _onward(request, found, at_home=True, status=422) if at_home else period_page(request, found, status=422)


@require_POST
@for_clients
def revocation(request: ClientRequest, pk: UUID) -> HttpResponseBase:
    """Take back what is not used of a yes, on the page of the period that it was read on (`period`)."""
    given = get_object_or_404(Authorisation.objects.visible_to(request.actor), pk=pk)
    beside = Period.objects.visible_to(request.actor).filter(engagement=given.engagement_id).select_related("engagement").with_waits_for()
    shown_on = _id(request.POST.get("period"))
    found = (beside.filter(pk=shown_on).first() if shown_on else None) or beside.latest("starts_on")
    if given.revoked_at is not None:
        messages.info(request, gettext("It was taken back already."))
        return _onward(request, found, at_home=False)
    try:
        revoke_authorisation(actor=request.actor, authorisation=given)
    except DomainError as error:
        messages.error(request, error.sentence)
        return period_page(request, found, status=422)
    messages.success(request, gettext("Taken back. What was used of it stays authorised."))
    return _onward(request, found, at_home=False)


def _say_yes(request: ClientRequest, found: Period, form: ActionForm, *, at_home: bool) -> str:
    """The front page asks for exactly what waits; the page of a period lets a client say yes ahead of it too."""
    if isinstance(form, AuthoriseForm):
        asked = found if at_home else None
        authorise_overage(actor=request.actor, engagement=found.engagement, **form.limits(), waiting_in=asked)
        return gettext("Authorised. What waited for it is covered at once.")
    authorise_closed_overage(actor=request.actor, period=found, minutes=form.cleaned_data["minutes"])
    return gettext("Authorised. It is charged with the open period.")


def _wrong(form: ActionForm) -> str:
    return " ".join(str(said) for field in form.errors.values() for said in field)


def _onward(request: ClientRequest, found: Period, *, at_home: bool, status: int = 200) -> HttpResponse:
    if at_home and request.htmx:
        return page(request, "home", front_context(request.actor), part="front", status=status)
    return redirect("portal:home") if at_home else redirect(reverse("portal:period", args=[found.pk]) + "#over")


def _id(typed: str | None) -> UUID | None:
    try:
        return UUID(typed or "")
    except ValueError:
        return None
