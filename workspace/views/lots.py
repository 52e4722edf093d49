"""Hours given besides the retainer's: a top-up that was bought, or goodwill."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from accounts.errors import DomainError
from billing import policies
from billing.actions import give_lot
from billing.models import Lot, Period
from billing.models.ledger import balance_of
from engagements.models import Engagement
from figures import text
from look.once import once
from look.templatetags.tend import marks
from workspace.access import StaffRequest, for_staff, only_if
from workspace.forms import refuse
from workspace.lot_form import LotForm
from workspace.shell import show


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
@once
def new_lot(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Give hours besides the retainer's, with a reason, a life and the areas they are for."""
    actor, today = request.actor, timezone.localdate()
    retainers = Engagement.objects.visible_to(actor).filter(draws_on=None).select_related("client")
    retainer = get_object_or_404(retainers, pk=pk)
    only_if(policies.may_give_hours(actor))
    form = LotForm(request.POST or None, initial={"usable_from": today})
    if request.method == "POST" and form.is_valid():
        try:
            lot = give_lot(actor=actor, engagement=retainer, **form.given())
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, given(lot))
            running = Period.objects.visible_to(actor).filter(engagement=retainer).of_the_promise().covering(today).first()
            return redirect("workspace:period", running.pk) if running else redirect("workspace:engagement", pk)
    context = {"retainer": retainer, "form": form, "balance": balance_of(retainer, today=today)}
    return show(request, "new_lot", context, place="retainers", status=422 if form.errors else 200)


def given(lot: Lot) -> str:
    """The toast: how much more, and for whom."""
    said = {"hours": text.hours(lot.minutes, marks()), "client": lot.engagement.client.name}
    as_goodwill = gettext("%(hours)s more for %(client)s, as goodwill.")
    return (as_goodwill if lot.kind == Lot.Kind.GOODWILL else gettext("%(hours)s more for %(client)s, as a top-up.")) % said
