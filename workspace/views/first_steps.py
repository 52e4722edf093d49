"""The questions a new firm is asked once it is founded. Each can be left for later, and the rest is asked again from Today."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from accounts.actions.clients import add_client
from accounts.actions.founding import pass_question, settle_place
from accounts.actions.inviting import invite_colleague
from accounts.actions.people import assign
from accounts.actors import StaffRole
from accounts.errors import DomainError
from accounts.models import Client, Firm, FirstStep, Person
from accounts.policies import may_describe_firm
from engagements.actions import begin_engagement
from workspace.access import StaffRequest, for_staff, only_if, person_of
from workspace.first_form import FirstClientForm, FirstColleagueForm, FirstRetainerForm, PlaceForm, proposed_currency
from workspace.forms import refuse
from workspace.next_steps import without_retainer

NUMBERS = {question: number for number, question in enumerate(FirstStep, start=2)}


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def first_steps(request: StaffRequest) -> HttpResponse:
    """The question that is open; a POST answers it, or leaves it (`skip`). With none open, on to Today."""
    only_if(may_describe_firm(request.actor))
    firm = Firm.objects.the()
    if not firm.open_question:
        return redirect("workspace:today")
    question, client = FirstStep(firm.open_question), without_retainer(request.actor)
    if question is FirstStep.RETAINER and client is None:
        question = FirstStep.COLLEAGUE
    # A page that was left open may answer a question that was passed since: then the one that is open is asked.
    is_answer = request.method == "POST" and request.POST.get("question") == question
    typed = request.POST if is_answer else None
    form = form_of(question, typed, firm, languages=request.headers.get("Accept-Language", ""))
    if is_answer and ("skip" in request.POST or answered(request, question, form, client)):
        pass_question(actor=request.actor, question=question)
        return redirect("workspace:first_steps")
    context = {"question": question, "number": NUMBERS[question], "form": form, "client": client}
    return render(request, "workspace/first_steps.html", context, status=422 if form.errors else 200)


def form_of(question: FirstStep, typed: Any, firm: Firm, *, languages: str) -> forms.Form:
    zone = {"time_zone": firm.time_zone}
    match question:
        case FirstStep.PLACE:
            proposed = proposed_currency(languages) or firm.currency
            return PlaceForm(typed, initial=zone | {"currency": proposed})
        case FirstStep.CLIENT:
            return FirstClientForm(typed, initial=zone)
        case FirstStep.RETAINER:
            return FirstRetainerForm(typed, initial={"starts_on": timezone.localdate()})
        case FirstStep.COLLEAGUE:
            return FirstColleagueForm(typed)


def answered(request: StaffRequest, question: FirstStep, form: forms.Form, client: Client | None) -> bool:
    """Whether the answer was taken; otherwise the form says why not."""
    if not form.is_valid():
        return False
    try:
        with transaction.atomic():
            take_answer(request, question, form, client)
    except DomainError as error:
        refuse(form, error)
    return not form.errors


def take_answer(request: StaffRequest, question: FirstStep, form: forms.Form, client: Client | None) -> None:
    actor, values = request.actor, form.cleaned_data
    if question == FirstStep.PLACE:
        settle_place(actor=actor, **values)
    elif question == FirstStep.CLIENT:
        add_client(actor=actor, **values)
    elif isinstance(form, FirstRetainerForm) and client is not None:
        lead = Person.objects.of_the_firm().get(pk=person_of(actor))
        currency = Firm.objects.the().currency
        begin_engagement(actor=actor, client=client, name=gettext("AI care"), currency=currency, terms=form.terms(), lead=lead)
    elif question == FirstStep.COLLEAGUE:
        invite(request, values)


def invite(request: StaffRequest, values: dict[str, Any]) -> None:
    """Write to the first colleague; a consultant works for the clients there are, or they would see nothing."""
    actor, role = request.actor, StaffRole(values["staff_role"])
    zone = Firm.objects.the().time_zone
    person = invite_colleague(actor=actor, name=values["name"], email=values["email"], staff_role=role, time_zone=zone)
    if role is StaffRole.CONSULTANT:
        for each in Client.objects.visible_to(actor).in_care():
            assign(actor=actor, person=person, client=each)
    messages.success(request, gettext("%(name)s is invited by mail and can sign in now.") % {"name": person.name})
