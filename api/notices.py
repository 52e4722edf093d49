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
from events.actions.choosing import choose_notices, chosen_by
from events.models import Notice
from events.rules.topics import Level, Topic


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


LEVELS = [level.value for level in Level]


class NoticeChoicesRow(Row):
    """How far notices reach the caller, by topic: by mail and here, only here, or not at all."""

    talk = serializers.ChoiceField(choices=LEVELS, help_text="New requests, and what is written about them.")
    steps = serializers.ChoiceField(choices=LEVELS, help_text="Steps of the work: given, planned, solved, reopened.")
    decisions = serializers.ChoiceField(choices=LEVELS, help_text="Estimates and proposals that were decided.")
    hours = serializers.ChoiceField(choices=LEVELS, required=False, help_text="Hours that run out; there for a client's owners only.")


class NoticeChoicesSerializer(StrictSerializer):
    """Topics that are left out stay as they were."""

    talk = serializers.ChoiceField(choices=LEVELS)
    steps = serializers.ChoiceField(choices=LEVELS)
    decisions = serializers.ChoiceField(choices=LEVELS)
    hours = serializers.ChoiceField(choices=LEVELS, help_text="A client's owners choose it; the firm is always told.")


class NoticeChoicesView(ActorViewSet):
    """What the caller lets reach them. What is urgent or waits for them goes by mail whatever they choose."""

    resource = "notices"
    queryset = Notice.objects.none()
    row_class = NoticeChoicesRow
    matched_actions = frozenset()  # nobody else changes them

    @extend_schema(operation_id="notice_choices_retrieve", responses=NoticeChoicesRow)
    def read(self, request: Request) -> Response:
        """How far each topic goes to the caller, chosen or by the standard."""
        return Response({topic.value: level.value for topic, level in chosen_by(self.actor).items()})

    @extend_schema(operation_id="notice_choices_update", request=NoticeChoicesSerializer, responses=NoticeChoicesRow)
    def partial_update(self, request: Request) -> Response:
        """Choose how far topics go to the caller."""
        wanted = self.body(NoticeChoicesSerializer, partial=True)
        choose_notices(actor=self.actor, choices={Topic(topic): Level(level) for topic, level in wanted.items()})
        return self.read(request)


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
