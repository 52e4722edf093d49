from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import ActorViewSet, StrictSerializer
from api.clients import ClientViewSet
from api.rows import ClientNamed, Row
from events.actions import read_notices
from events.models import Notice


class NoticeRow(Row):
    """What the caller was told about something that happened."""

    id = serializers.UUIDField()
    client = ClientNamed(allow_null=True, help_text="Null for what concerns the firm itself.")
    kind = serializers.CharField(help_text="The kind of what happened, such as ticket.replied.")
    subject = serializers.CharField()
    sentences = serializers.ListField(child=serializers.CharField())
    facts = serializers.ListField(child=serializers.ListField(child=serializers.CharField()), help_text="Pairs of label and value.")
    about_type = serializers.CharField()
    about_id = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)


class NoticeFilter(django_filters.FilterSet):
    """Notices by client, and by whether they are unread."""

    client = django_filters.UUIDFilter(field_name="client_id")
    unread = django_filters.BooleanFilter(field_name="read_at", lookup_expr="isnull")

    class Meta:
        model = Notice
        fields: ClassVar[list[str]] = []


class ReadingSerializer(StrictSerializer):
    ids = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=200, required=False, help_text="Those that were read; all where left out."
    )


class ReadingRow(Row):
    read = serializers.IntegerField(help_text="How many were unread until now.")


class NoticeViewSet(ActorViewSet):
    """The caller's own notices, newest first. Nobody reads somebody else's."""

    resource = "notices"
    queryset = Notice.objects.none()
    row_class = NoticeRow
    filterset_class = NoticeFilter
    expandable = {"client": ClientViewSet}

    def get_queryset(self) -> QuerySet[Any]:
        return Notice.objects.visible_to(self.actor)

    @extend_schema(operation_id="notices_reading", request=ReadingSerializer, responses={200: ReadingRow})
    def read(self, request: Request) -> Response:
        """Mark notices as read: those that are named, or all."""
        return Response({"read": read_notices(actor=self.actor, ids=self.body(ReadingSerializer).get("ids"))})
