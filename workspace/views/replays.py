"""What the last periods of a retainer would have come to under other terms."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from accounts.errors import DomainError
from billing.actions.replaying import Comparison, replay_periods
from billing.models.ledger_rows import versions_of
from billing.rules.replay import Outcomes
from engagements.models import Engagement
from workspace.access import StaffRequest, for_staff
from workspace.forms import refuse
from workspace.replay_form import PeriodsForm, variant_forms
from workspace.shell import show


@for_staff
@require_safe
def what_if(request: StaffRequest, pk: UUID) -> HttpResponse:
    """The terms in force beside up to three variants, over the same periods and the same work. Nothing is written."""
    retainer = get_object_or_404(Engagement.objects.visible_to(request.actor).promised().select_related("client"), pk=pk)
    in_force = versions_of(retainer)[-1]
    asked = request.GET if "A-included_minutes" in request.GET else None
    variants, periods = variant_forms(asked, in_force), PeriodsForm(asked)
    bound = [form for form in variants if form.is_bound]
    found: Comparison | None = None
    if asked is not None and all([periods.is_valid(), *(form.is_valid() for form in bound)]):
        terms = [form.terms(in_force) for form in bound]
        try:
            found = replay_periods(actor=request.actor, engagement=retainer, variants=terms, periods=periods.cleaned_data["periods"])
        except DomainError as error:
            refuse(variants[0], error)
    context = {
        "retainer": retainer,
        "variants": variants,
        "periods": periods,
        "found": found,
        "columns": columns_of(found, [form.prefix or "" for form in bound]),
    }
    failed = bool(periods.errors or any(form.errors for form in bound))
    return show(request, "what_if", context, place="clients", status=422 if failed else 200)


def columns_of(found: Comparison | None, names: list[str]) -> list[tuple[str, Outcomes]]:
    """What is compared, by name, with the terms as they were agreed first."""
    if found is None:
        return []
    named: list[tuple[Any, Outcomes]] = [
        (gettext("As agreed"), found.in_force),
        *zip((gettext("Variant %(name)s") % {"name": name} for name in names), found.variants, strict=True),
    ]
    return [(str(name), outcomes) for name, outcomes in named]
