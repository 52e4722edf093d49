from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import StrictSerializer
from api.files import FileRow, Files
from api.terms import OfEngagement
from billing.actions.contracts import file_contract
from billing.models import SignedContract


class ContractRow(FileRow):
    """A signed contract. Its type was told by its content."""

    engagement = serializers.UUIDField(source="engagement_id")


class ContractSerializer(StrictSerializer):
    file = serializers.FileField(help_text="One part of multipart/form-data.")


class ContractViewSet(Files, OfEngagement):
    """The signed contracts of engagements, for admins and leads. Every version that was filed stays."""

    queryset = SignedContract.objects.none()
    row_class = ContractRow
    serializer_class = ContractSerializer
    parser_classes = (MultiPartParser,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not self.actor.leads:
            raise Http404

    def get_queryset(self) -> QuerySet[Any]:
        contracts = SignedContract.objects.visible_to(self.actor)
        return contracts.filter(engagement=self.engagement) if "engagement_id" in self.kwargs else contracts

    @extend_schema(request={"multipart/form-data": ContractSerializer}, responses={201: ContractRow})
    def create(self, request: Request, engagement_id: UUID) -> Response:
        """File the signed contract of an engagement, beside those that were filed before."""
        engagement = self.engagement
        filed = file_contract(actor=self.actor, engagement=engagement, file=self.body(ContractSerializer)["file"])
        return self.created(filed, f"contracts/{filed.pk}")
