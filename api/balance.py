import datetime as dt
from typing import Any, NamedTuple
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
from accounts.database.compiled import Statements
from accounts.models import Client, Visibility
from api.base import ActorViewSet
from api.rows import ClientNamed, EngagementNamed, Row
from billing.models import Forecast, Period, TimeEntry
from billing.models.forecast import SHOWN, as_forecast
from billing.models.ledger import Balance, calendar_of, standing
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
    "opening_is_provisional",
    "waits_for_period_from",
)
SOME_CLIENT = UUID(int=1)  # stands for the client in a statement that serves them all
balance_queries = Statements()
STATES = ("over", "ends_early", "short", "under_served", "too_early", "on_course")


class AreaBurn(Row):
    service_area = serializers.ChoiceField(choices=ServiceArea.choices)
    used_minutes = serializers.IntegerField()


class ForeseenRow(Row):
    """What was foreseen last night: four of five times the use at the end lies between low and high, or a straight line that says so."""

    as_of = serializers.DateField(help_text="The last business day that was known.")
    method = serializers.ChoiceField(choices=Forecast.Method.choices)
    used_minutes = serializers.IntegerField(help_text="What was used by then.")
    capacity_minutes = serializers.IntegerField(help_text="The hours it was made for; they may have become more since.")
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
    lasts_to = serializers.DateField(allow_null=True, help_text="The day the hours are likely to run out; null where they last.")
    by_end_minutes = serializers.IntegerField(
        allow_null=True,
        help_text="What will likely be used by the end: the middle of last night's range, else a straight line; null while too early.",
    )
    opening_is_provisional = serializers.BooleanField(
        help_text="The period before is still open: what is carried from it is projected as if it closed now."
    )
    waits_for_period_from = serializers.DateField(allow_null=True, help_text="The first day of that period; null once it has closed.")
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
    rows = balance_queries.rows((actor, today), lambda: _standing(actor, today), {SOME_CLIENT: pk})
    found = [Standing(*row) for row in rows]
    client = _client(actor, pk, found)
    hides_areas = actor.is_member and client.visibility == Visibility.BALANCE
    shown = [shown_balance(each, today) | ({"by_service_area": []} if hides_areas else {}) for each in found]
    return {"client": {"id": client.pk, "name": client.name, "code": client.code}, "as_of": today, "engagements": shown}


class Standing(NamedTuple):
    """What one query reads of a retainer for its balance."""

    engagement_id: UUID
    engagement_name: str
    client_name: str
    client_code: str
    client_visibility: str
    period_id: UUID
    starts_on: dt.date
    ends_on: dt.date
    capacity_minutes: int
    used_minutes: int
    covered_minutes: int
    reserved: int
    unusable: int
    hours_open: dict[str, Any] | None
    foreseen: dict[str, Any] | None
    waits_for: dt.date | None
    areas: list[dict[str, Any]]


OF_ITS_PERIOD = ("starts_on", "ends_on", "capacity_minutes", "used_minutes", "covered_minutes")


def _standing(actor: Actor, today: dt.date) -> QuerySet[Any, Any]:
    periods = standing(Period.objects.visible_to(actor).filter(client_id=SOME_CLIENT), today).annotate(areas=_burn_by_area())
    named = ("engagement_id", "engagement__name", "client__name", "client__code", "client__visibility", "id")
    annotated = ("reserved", "unusable", "hours_open", "foreseen", "waits_for", "areas")
    return periods.order_by("-engagement_id").values_list(*named, *OF_ITS_PERIOD, *annotated)


def _burn_by_area() -> ArraySubquery:
    """What each service area burned in a period, the most first, without corrections: they foot with what is used. Within the query of
    the periods.
    """
    entries = TimeEntry.objects.burning().filter(period=OuterRef("pk"), burn_minutes__gt=0)
    burned = entries.values("service_area").annotate(used=Sum("burn_minutes")).order_by("-used", "service_area")
    return ArraySubquery(burned.values(area=JSONObject(service_area="service_area", used_minutes="used")))


def _client(actor: Actor, pk: UUID, found: list[Standing]) -> Client:
    """Named by what was read already; a client without any retainer today is looked for by itself. Raises Http404."""
    if found:
        return Client(pk=pk, name=found[0].client_name, code=found[0].client_code, visibility=found[0].client_visibility)
    client = Client.objects.visible_to(actor).filter(pk=pk).first()
    if client is None:
        raise Http404
    return client


def shown_balance(found: Standing, today: dt.date) -> dict[str, Any]:
    period = Period(pk=found.period_id, **{name: getattr(found, name) for name in OF_ITS_PERIOD})
    foreseen = as_forecast(found.foreseen)
    balance = Balance(period, today, calendar_of(found.hours_open), found.reserved, found.unusable, foreseen, found.waits_for)
    return {
        "engagement": {"id": found.engagement_id, "name": found.engagement_name},
        "period": period.pk,
        "starts_on": period.starts_on,
        **{name: getattr(balance, name) for name in FROM_BALANCE},
        "forecast": {name: getattr(foreseen, name) for name in SHOWN} if foreseen else None,
        "by_service_area": found.areas,
    }
