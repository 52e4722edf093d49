"""The firm asks a client for its yes to hours over."""

from uuid import UUID

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from accounts.errors import DomainError
from billing.actions import ask_overage
from workspace.access import StaffRequest, for_staff
from workspace.forms import said
from workspace.views.periods import period_page, visible_period


@for_staff
@require_POST
def authorisation_request(request: StaffRequest, pk: UUID) -> HttpResponseBase:
    """Ask those who may say yes for the client, at most once a day."""
    found = visible_period(request, pk)
    try:
        ask_overage(actor=request.actor, period=found)
    except DomainError as error:
        messages.error(request, said(error))
        return period_page(request, found, status=422)
    messages.success(
        request, gettext("Asked. %(client)s reads it on its front page and by mail.") % {"client": found.engagement.client.name}
    )
    return redirect(reverse("workspace:period", args=[pk]) + "#over")
