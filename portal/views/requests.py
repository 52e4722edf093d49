"""Asking for something new."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from accounts.errors import DomainError
from accounts.models import Client
from billing.models.ledger import balance_of
from engagements.models import Engagement
from look.once import once
from portal.access import ClientRequest, for_clients
from portal.forms import RequestForm
from portal.pages import page
from tickets.actions import open_ticket
from tickets.models import Ticket


@require_http_methods(["GET", "HEAD", "POST"])
@for_clients
@once
def new_ticket(request: ClientRequest) -> HttpResponse:
    """The form for a request, with the hours that are left for it."""
    engagement = Engagement.objects.visible_to(request.actor).running(timezone.localdate()).promised().order_by("starts_on").first()
    form = RequestForm(request.POST or None, request.FILES or None, actor=request.actor, initial={"system": request.GET.get("system")})
    if request.method == "POST" and form.is_valid():
        try:
            filed = _file(request, form, engagement)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, gettext("Sent. %(reference)s is with us.") % {"reference": filed.reference})
            return redirect("portal:ticket", filed.pk)
    balance = balance_of(engagement, today=timezone.localdate()) if engagement else None
    return page(request, "new_ticket", {"form": form, "balance": balance}, place="tickets", status=422 if form.errors else 200)


def _file(request: ClientRequest, form: RequestForm, engagement: Engagement | None) -> Ticket:
    asked = form.cleaned_data
    return open_ticket(
        actor=request.actor,
        client=Client.objects.visible_to(request.actor).get(),
        engagement=asked["system"].engagement if asked["system"] else engagement,
        system=asked["system"],
        subject=asked["subject"],
        body=asked["body"],
        urgent=asked["urgent"],
        source=Ticket.Source.PORTAL,
        files=asked["files"],
    )
