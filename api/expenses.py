"""What was spent for clients, with receipts, and what clients are charged besides the fee."""

from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import ActorViewSet, StrictSerializer, VisibleTo
from api.clients import ClientViewSet
from api.engagements import EngagementViewSet
from api.files import FileRow, Files, sent_files
from api.people import PersonViewSet
from api.rendering import OrjsonParser
from api.rows import ClientNamed, EngagementNamed, PersonNamed, Row, Shaped, TicketNamed
from billing.actions.expenses import Spent, add_receipts, approve_expense, change_expense, delete_expense, log_expense, reject_expense
from billing.filters import ChargeFilter, ExpenseFilter
from billing.models import Charge, Expense, ExpenseReceipt
from engagements.models import Engagement
from tickets.models import Ticket


class ReceiptRow(FileRow):
    """A receipt. Its type was told by its content."""


class ExpenseRow(Row):
    """Money that somebody of the firm spent for a client."""

    added = frozenset({"receipts"})

    id = serializers.UUIDField()
    client = ClientNamed()
    engagement = EngagementNamed()
    ticket = TicketNamed(allow_null=True)
    person = PersonNamed()
    spent_on = serializers.DateField()
    category = serializers.ChoiceField(choices=Expense.Category.choices)
    note = serializers.CharField(help_text="What it was for. The client reads it beside the charge.")
    amount = serializers.DecimalField(max_digits=13, decimal_places=3)
    tax = serializers.DecimalField(max_digits=13, decimal_places=3, help_text="Of the amount.")
    currency = serializers.CharField()
    is_billable = serializers.BooleanField()
    charged_amount = serializers.DecimalField(max_digits=13, decimal_places=3, allow_null=True, help_text="In the engagement's currency.")
    state = serializers.ChoiceField(choices=Expense.State.choices)
    decided_by = PersonNamed(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(help_text="Why it was sent back.")
    created_at = serializers.DateTimeField()
    receipts = ReceiptRow(many=True)

    @classmethod
    def complete(cls, rows: list[Shaped]) -> list[Shaped]:
        files = ReceiptRow.by("expense_id", ExpenseReceipt.objects.filter(expense__in=[row["id"] for row in rows]))
        return [row | {"receipts": files[row["id"]]} for row in rows]


class SpentSerializer(StrictSerializer):
    spent_on = serializers.DateField()
    category = serializers.ChoiceField(choices=Expense.Category.choices)
    note = serializers.CharField(max_length=200)
    amount = serializers.DecimalField(max_digits=13, decimal_places=3)
    tax = serializers.DecimalField(max_digits=13, decimal_places=3, required=False)
    currency = serializers.RegexField(r"^[A-Z]{3}$")
    is_billable = serializers.BooleanField(required=False)
    charged_amount = serializers.DecimalField(
        max_digits=13, decimal_places=3, required=False, allow_null=True, help_text="In the engagement's currency; the amount unless said."
    )
    ticket = VisibleTo(Ticket, required=False, allow_null=True)


class ExpenseSerializer(SpentSerializer):
    engagement = VisibleTo(Engagement)


class ExpenseWithReceiptsSerializer(ExpenseSerializer):
    files = sent_files()


class ReceiptsSerializer(StrictSerializer):
    """Receipts for what was logged without them, one part for each file."""

    files = sent_files(at_least=1)


class ExpenseVerdictSerializer(StrictSerializer):
    verdict = serializers.ChoiceField(choices=("approved", "rejected"))
    reason = serializers.CharField(max_length=500, default="", allow_blank=True, help_text="Needed to send it back.")
    charged_amount = serializers.DecimalField(max_digits=13, decimal_places=3, min_value=0, required=False, allow_null=True)


class ExpenseViewSet(ActorViewSet):
    """Expenses. They are the firm's own; a client reads the charge."""

    resource = "expenses"
    queryset = Expense.objects.none()
    row_class = ExpenseRow
    serializer_class = ExpenseSerializer
    filterset_class = ExpenseFilter
    orderings = ("-id", "id", "-spent_on", "spent_on")
    expandable = {"client": ClientViewSet, "engagement": EngagementViewSet, "person": PersonViewSet}
    parser_classes = [OrjsonParser, MultiPartParser]
    matched_actions = ActorViewSet.matched_actions | {"decide"}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not self.actor.is_staff:
            raise Http404

    def get_queryset(self) -> QuerySet[Expense]:
        return Expense.objects.visible_to(self.actor)

    def lock(self, found: Model) -> None:
        """The retainer before its expense, as every action on expenses does."""
        if isinstance(found, Expense):
            Engagement.objects.select_for_update(no_key=True).get(pk=found.engagement_id)
            super().lock(found)

    @extend_schema(
        request={"application/json": ExpenseSerializer, "multipart/form-data": ExpenseWithReceiptsSerializer}, responses={201: ExpenseRow}
    )
    def create(self, request: Request) -> Response:
        """Log what was spent; receipts come beside it as multipart/form-data. It waits for approval."""
        body = self.body(ExpenseWithReceiptsSerializer)
        engagement, files = body.pop("engagement"), body.pop("files", [])
        expense = log_expense(actor=self.actor, engagement=engagement, spent=Spent(**body), receipts=files)
        return self.created(expense, f"expenses/{expense.pk}")

    @extend_schema(request=SpentSerializer, responses=ExpenseRow)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Say anew what was spent, while it is not approved."""
        expense = self.thing(pk)
        said = {name: getattr(expense, name) for name in Spent.__dataclass_fields__} | self.body(SpentSerializer, partial=True)
        change_expense(actor=self.actor, expense=expense, spent=Spent(**said))
        return Response(self.row(pk))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Take an expense away that is not approved."""
        delete_expense(actor=self.actor, expense=self.thing(pk))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(operation_id="expenses_receipts", request={"multipart/form-data": ReceiptsSerializer}, responses={201: ExpenseRow})
    def add_receipts(self, request: Request, pk: UUID) -> Response:
        """Put receipts beside an expense that is not approved; one that was sent back waits again. The answer is the expense."""
        expense = add_receipts(actor=self.actor, expense=self.thing(pk), receipts=self.body(ReceiptsSerializer)["files"])
        return self.created(expense, f"expenses/{pk}")

    @extend_schema(operation_id="expenses_approval", request=ExpenseVerdictSerializer, responses=ExpenseRow)
    def decide(self, request: Request, pk: UUID) -> Response:
        """Approve it, which makes the charge, or send it back with a reason: as it was read, not as its person changed it since."""
        expense, body = self.thing(pk), self.body(ExpenseVerdictSerializer)
        if body["verdict"] == "approved":
            approve_expense(actor=self.actor, expense=expense, charged_amount=body.get("charged_amount"))
        else:
            reject_expense(actor=self.actor, expense=expense, reason=body["reason"])
        return Response(self.row(pk))


class ReceiptViewSet(Files, ActorViewSet):
    """The receipts of expenses, for the firm's people."""

    resource = "expenses"
    queryset = ExpenseReceipt.objects.none()
    row_class = ReceiptRow

    def get_queryset(self) -> QuerySet[Any]:
        if not self.actor.is_staff:
            raise Http404
        return ExpenseReceipt.objects.visible_to(self.actor)


class ChargeRow(Row):
    """Money a client owes, or is given back. Never changed once written."""

    id = serializers.UUIDField()
    client = ClientNamed()
    engagement = EngagementNamed()
    period = serializers.UUIDField(source="period_id", allow_null=True, help_text="The period it is billed with.")
    concerns = serializers.UUIDField(source="concerns_id", allow_null=True, help_text="An earlier, closed period that it is about.")
    statement = serializers.UUIDField(source="statement_id", allow_null=True, help_text="The close that charged a fee or hours over.")
    reverses = serializers.UUIDField(source="reverses_id", allow_null=True, help_text="The charge that a reopening took back with it.")
    kind = serializers.ChoiceField(choices=Charge.Kind.choices)
    incurred_on = serializers.DateField()
    minutes = serializers.IntegerField(allow_null=True)
    rate = serializers.DecimalField(max_digits=14, decimal_places=4, allow_null=True)
    amount = serializers.DecimalField(max_digits=14, decimal_places=3, help_text="Below zero for a credit.")
    currency = serializers.CharField()
    note = serializers.CharField()
    created_at = serializers.DateTimeField()


class ChargeViewSet(ActorViewSet):
    """Charges: for the firm, and at the client for those who approve, are billed or own."""

    resource = "charges"
    queryset = Charge.objects.none()
    row_class = ChargeRow
    filterset_class = ChargeFilter
    orderings = ("-id", "id", "-incurred_on", "incurred_on")
    expandable = {"client": ClientViewSet, "engagement": EngagementViewSet}

    def get_queryset(self) -> QuerySet[Charge]:
        return Charge.objects.visible_to(self.actor)
