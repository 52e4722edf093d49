from django.db.models import QuerySet
from rest_framework import serializers

from api.base import ActorViewSet
from api.clients import ClientViewSet
from api.engagements import EngagementViewSet
from api.rows import ClientNamed, EngagementNamed, Row
from billing.filters import BurnAlertFilter
from billing.models import BurnAlert


class AlertRow(Row):
    """Something about a period that people were told, with what was used and what there was at that moment."""

    id = serializers.UUIDField()
    client = ClientNamed()
    engagement = EngagementNamed(source="period.engagement")
    period = serializers.UUIDField(source="period_id")
    kind = serializers.ChoiceField(choices=BurnAlert.Kind.choices)
    authorisation = serializers.UUIDField(
        source="authorisation_id", allow_null=True, help_text="Of hours authorised: which ones; the minutes are then theirs."
    )
    percent = serializers.IntegerField(help_text="The threshold, of hours burned or authorised; 0 for the other kinds.")
    days = serializers.IntegerField(allow_null=True, help_text="Of hours about to expire: so many days before.")
    falls_on = serializers.DateField(allow_null=True, help_text="Of hours about to expire: the first day they are gone.")
    minutes = serializers.IntegerField(
        allow_null=True, help_text="What would expire, ran over, is called in, or will be used by the end at this pace."
    )
    episode = serializers.IntegerField()
    used_minutes = serializers.IntegerField()
    capacity_minutes = serializers.IntegerField()
    is_superseded = serializers.BooleanField(help_text="A higher threshold spoke for this one in the same moment.")
    raised_at = serializers.DateTimeField()


class AlertViewSet(ActorViewSet):
    """Burn alerts and those of authorisations, newest first."""

    resource = "alerts"
    queryset = BurnAlert.objects.none()
    row_class = AlertRow
    filterset_class = BurnAlertFilter
    expandable = {"client": ClientViewSet, "engagement": EngagementViewSet}

    def get_queryset(self) -> QuerySet[BurnAlert]:
        return BurnAlert.objects.visible_to(self.actor)
