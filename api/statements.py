from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Visibility
from api.base import ActorViewSet, NothingSerializer
from api.clients import ClientViewSet
from api.engagements import EngagementViewSet
from api.rows import ClientNamed, EngagementNamed, PersonNamed, Row
from billing.actions import send_statement
from billing.filters import StatementFilter
from billing.models import Statement
from billing.rules.visibility import as_seen
from engagements.policies import may_see_money
from look.statements import csv_of, pdf_of

BEGINS = {"currency": "USD", "starts_on": "2026-03-01", "ends_on": "2026-04-01", "opening": 0, "granted": 720, "used": 540, "closing": 180}


class StatementRow(Row):
    """What a closed period came to, frozen. Its document is read by itself."""

    id = serializers.UUIDField()
    client = ClientNamed()
    engagement = EngagementNamed()
    period = serializers.UUIDField(source="period_id")
    number = serializers.IntegerField(help_text="Counts the statements of an engagement.")
    digest = serializers.CharField(help_text="SHA-256 of the whole document, written canonically.")
    engine = serializers.CharField(help_text="The version of the ledger that made it.")
    override_reason = serializers.CharField(
        required=False, help_text="Why the period was closed with time not approved; only the firm reads it."
    )
    made_at = serializers.DateTimeField()
    made_by = PersonNamed(allow_null=True)
    sent_at = serializers.DateTimeField(allow_null=True)
    superseded_at = serializers.DateTimeField(allow_null=True, help_text="The period was opened again; only the firm reads it.")


class OwnStatementRow(StatementRow):
    """As a client reads it: why the firm closed with time that nobody had approved is the firm's own business."""

    override_reason = None  # type: ignore[assignment]  # so DRF takes a declared field away


class StatementViewSet(ActorViewSet):
    """Statements of closed periods, as much of each as its reader's level shows."""

    resource = "periods"
    queryset = Statement.objects.none()
    row_class = StatementRow
    filterset_class = StatementFilter
    orderings = ("-id", "id")
    expandable = {"client": ClientViewSet, "engagement": EngagementViewSet}

    def get_queryset(self) -> QuerySet[Statement]:
        return Statement.objects.visible_to(self.actor)

    def get_row_class(self) -> type[Row]:
        return OwnStatementRow if self.actor.is_member else StatementRow

    @extend_schema(
        operation_id="statements_document",
        responses={200: OpenApiTypes.OBJECT},
        examples=[OpenApiExample("begins", value=BEGINS, response_only=True)],
    )
    def document(self, request: Request, pk: UUID) -> Response:
        """Every figure of the period: lots, entries and what covered each, expiries, sums. Described in docs/guides/closing.md."""
        found = self._found(pk)
        return Response(as_seen(found.document, self._level(found), money=may_see_money(self.actor)))

    @extend_schema(operation_id="statements_pdf", responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def pdf(self, request: Request, pk: UUID) -> HttpResponse:
        """The statement to print and to keep."""
        found = self._found(pk)
        return pdf_of(found, self.actor, level=self._level(found))

    @extend_schema(operation_id="statements_csv", responses={(200, "text/csv"): OpenApiTypes.BINARY})
    def csv(self, request: Request, pk: UUID) -> FileResponse:
        """Its lines for a spreadsheet, as the page of its period gives them: the entries, else sums by ticket, else one line."""
        found = self._found(pk)
        return csv_of(found, self.actor, level=self._level(found))

    @extend_schema(operation_id="statements_send", request=NothingSerializer, responses=StatementRow)
    def send(self, request: Request, pk: UUID) -> Response:
        """Tell those who pay and own at the client, else those who approve there; from then on the period is not opened again.

        409 where nobody would be told.
        """
        found = self._found(pk)
        self.body(NothingSerializer)
        send_statement(actor=self.actor, statement=found)
        return Response(self.row(pk))

    def _found(self, pk: UUID) -> Statement:
        found: Statement = self.thing(pk)
        return found

    def _level(self, found: Statement) -> Any:
        return found.engagement.client.visibility if self.actor.is_member else Visibility.PEOPLE
