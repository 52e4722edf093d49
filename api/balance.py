import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Sum
from django.db.models.functions import JSONObject
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actors import Actor
from accounts.models import Client, Visibility
from api.base import ActorViewSet
from api.rows import ClientNamed, EngagementNamed, Row
from billing.models import Forecast, TimeEntry
from billing.models.forecast import SHOWN
from billing.models.ledger import Balance, balances
from engagements.models import Engagement
from tickets.models.ticket import ServiceArea

FROM_BALANCE = (
    "resets_on",
    "capacity_minutes",
    "used_minutes",
    "left_minutes",
    "reserved_minutes",
    "free_minutes",
    "over_minutes",
    "used_percent",
    "elapsed_percent",
    "state",
    "lasts_to",
    "by_end_minutes",
)
STATES = ("over", "ends_early", "on_course", "under_served", "too_early")


class AreaBurn(Row):
    service_area = serializers.ChoiceField(choices=ServiceArea.choices)
    used_minutes = serializers.IntegerField()


class ForeseenRow(Row):
    """What was foreseen last night: four of five times the use at the end lies between low and high, or a straight line that says so."""

    as_of = serializers.DateField(help_text="The last business day that was known.")
    method = serializers.ChoiceField(choices=Forecast.Method.choices)
    low_minutes = serializers.IntegerField()
    likely_minutes = serializers.IntegerField()
    high_minutes = serializers.IntegerField()
    runs_out_early = serializers.DateField(allow_null=True)
    runs_out_likely = serializers.DateField(allow_null=True, help_text="The day the hours run out; null where they last.")
    runs_out_late = serializers.DateField(allow_null=True)
    history_days = serializers.IntegerField()


class BalanceOfEngagementRow(Row):
    """How one retainer stands today, in minutes."""

    engagement = EngagementNamed()
    period = serializers.UUIDField()
    starts_on = serializers.DateField()
    resets_on = serializers.DateField(help_text="The first day of the next period.")
    capacity_minutes = serializers.IntegerField()
    used_minutes = serializers.IntegerField()
    left_minutes = serializers.IntegerField()
    reserved_minutes = serializers.IntegerField()
    free_minutes = serializers.IntegerField()
    over_minutes = serializers.IntegerField()
    used_percent = serializers.IntegerField()
    elapsed_percent = serializers.IntegerField()
    state = serializers.ChoiceField(choices=STATES)
    lasts_to = serializers.DateField(allow_null=True, help_text="The day the hours run out at this pace; null where they last.")
    by_end_minutes = serializers.IntegerField(allow_null=True, help_text="What will be used by the end at this pace; null while too early.")
    forecast = ForeseenRow(allow_null=True, help_text="Null until the period's second business day.")
    by_service_area = AreaBurn(many=True, help_text="Empty for a client whose level shows its balance only.")


class BalanceRow(Row):
    """The hours of a client, before anything else."""

    client = ClientNamed()
    as_of = serializers.DateField()
    engagements = BalanceOfEngagementRow(many=True)


class BalanceView(ActorViewSet):
    """How the hours of a client stand. What is read is hours, so a key needs the scope of the periods."""

    resource = "periods"
    queryset = Client.objects.none()
    row_class = BalanceRow

    def get_queryset(self) -> QuerySet[Client]:
        return Client.objects.visible_to(self.actor)

    @extend_schema(operation_id="clients_balance_retrieve", responses=BalanceRow)
    def balance(self, request: Request, pk: UUID) -> Response:
        """Hours left, reserved and used of each retainer that has a period today; independent of how long its history is."""
        return Response(balance_of_client(self.actor, pk))


def balance_of_client(actor: Actor, pk: UUID) -> dict[str, Any]:
    """The balance of a client that the actor sees, as an object. Raises Http404."""
    today = timezone.localdate()
    promised = Engagement.objects.visible_to(actor).filter(client_id=pk).annotate(areas=burn_by_area(today))
    engagements = list(promised.select_related("client").order_by("-id"))
    client = engagements[0].client if engagements else Client.objects.visible_to(actor).filter(pk=pk).first()
    if client is None:
        raise Http404
    standing = balances(engagements, today=today)
    shown = [_balance(item, standing[item.pk]) for item in engagements if item.pk in standing]
    if actor.is_member and client.visibility == Visibility.BALANCE:
        shown = [each | {"by_service_area": []} for each in shown]
    return {"client": {"id": client.pk, "name": client.name, "code": client.code}, "as_of": today, "engagements": shown}


def burn_by_area(today: dt.date) -> ArraySubquery:
    """What each service area burned in an engagement's period of the day, the most first; within the query of the engagements."""
    of_today = {"period__starts_on__lte": today, "period__ends_on__gt": today, "period__is_history": False}
    entries = TimeEntry.objects.burning().filter(engagement=OuterRef("pk"), **of_today)
    burned = entries.values("service_area").annotate(used=Sum("burn_minutes")).filter(used__gt=0).order_by("-used", "service_area")
    return ArraySubquery(burned.values(area=JSONObject(service_area="service_area", used_minutes="used")))


def _balance(engagement: Any, balance: Balance) -> dict[str, Any]:
    return {
        "engagement": {"id": engagement.pk, "name": engagement.name},
        "period": balance.period.pk,
        "starts_on": balance.period.starts_on,
        **{name: getattr(balance, name) for name in FROM_BALANCE},
        "forecast": {name: getattr(balance.forecast, name) for name in SHOWN} if balance.forecast else None,
        "by_service_area": engagement.areas,
    }
