"""An expense as somebody types it in."""

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from billing.actions.expenses import Spent
from billing.models import Expense
from engagements.models import Engagement
from tickets.models import Ticket
from workspace.forms import Day, RetainerField


class ExpenseForm(forms.Form):
    spent_on = forms.DateField(label=_("Day"), widget=Day())
    category = forms.ChoiceField(label=_("Category"), choices=Expense.Category.choices)
    note = forms.CharField(label=_("What for"), max_length=200, help_text=_("The client reads this beside the charge."))
    amount = forms.DecimalField(label=_("Amount paid"), max_digits=13, decimal_places=3)
    tax = forms.DecimalField(label=_("Of which tax"), min_value=0, max_digits=13, decimal_places=3, required=False)
    currency = forms.RegexField(r"^[A-Z]{3}$", label=_("Currency"), error_messages={"invalid": _("Write three capitals, like USD.")})
    is_billable = forms.BooleanField(label=_("the client pays it"), required=False, initial=True)
    charged_amount = forms.DecimalField(
        label=_("Charged to the client"),
        min_value=0,
        max_digits=13,
        decimal_places=3,
        required=False,
        help_text=_("Empty: the amount."),
    )
    reference = forms.CharField(label=_("Ticket"), max_length=20, required=False, help_text=_("Like ACM-42."))

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        self.actor = actor

    def clean_reference(self) -> Ticket | None:
        reference = str(self.cleaned_data["reference"] or "").strip().upper()
        if not reference:
            return None
        found = Ticket.objects.visible_to(self.actor).filter(reference=reference).first()
        if found is None:
            raise forms.ValidationError(_("No ticket is called so. Look it up under Tickets."))
        return found

    def spent(self) -> Spent:
        values = {name: value for name, value in self.cleaned_data.items() if name not in {"engagement", "reference"}}
        return Spent(**values | {"ticket": self.cleaned_data["reference"], "tax": values["tax"] or Decimal(0)})


class NewExpenseForm(ExpenseForm):
    engagement = RetainerField(Engagement.objects.none(), label=_("For"))
    field_order = ("engagement",)

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, actor=actor, **options)
        field = cast("forms.ModelChoiceField[Engagement]", self.fields["engagement"])
        running = Engagement.objects.visible_to(actor).running(timezone.localdate()).filter(is_imported=False)
        field.queryset = running.select_related("client").order_by("client__name", "name")


def as_typed(expense: Expense) -> dict[str, Any]:
    names = ("spent_on", "category", "note", "amount", "tax", "currency", "is_billable", "charged_amount")
    return {name: getattr(expense, name) for name in names} | {"reference": expense.ticket.reference if expense.ticket else ""}
