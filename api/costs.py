"""What people cost, what retainers leave, how time is used: for admins, under a scope of its own."""

import datetime as dt
from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Firm, Person
from api.asking import parameter
from api.base import ActorViewSet, StrictSerializer, VisibleTo
from api.problems import BadParameters
from api.rows import ClientNamed, EngagementNamed, PersonNamed, Row
from billing.actions.costing import set_cost_rate
from billing.models import CostRate, Period
from billing.models.margin import PeriodMargin, PersonUse, margins, use_of
from billing.policies import may_see_costs
from figures.currencies import places_of
from figures.rounding import money

LONGEST = dt.timedelta(days=400)


class CostRateRow(Row):
    """What an hour of somebody costs from a day on, in the firm's currency."""

    id = serializers.UUIDField()
    person = PersonNamed()
    starts_on = serializers.DateField()
    rate = serializers.DecimalField(max_digits=11, decimal_places=3)
    currency = serializers.CharField(help_text="The firm's.")
    created_at = serializers.DateTimeField()


class CostRateSerializer(StrictSerializer):
    person = VisibleTo(Person)
    starts_on = serializers.DateField()
    rate = serializers.DecimalField(max_digits=11, decimal_places=3, min_value=0)


class CostRateFilter(django_filters.FilterSet):
    """Rates of somebody."""

    person = django_filters.UUIDFilter(field_name="person_id")

    class Meta:
        model = CostRate
        fields: list[str] = []


class MarginRow(Row):
    """One period of one retainer: what came in, what it cost, what is left. In the engagement's currency."""

    period = serializers.UUIDField()
    client = ClientNamed()
    engagement = EngagementNamed()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    currency = serializers.CharField()
    fee = serializers.DecimalField(max_digits=15, decimal_places=3)
    charged = serializers.DecimalField(max_digits=15, decimal_places=3, help_text="Hours over, expenses and credits.")
    labour = serializers.DecimalField(max_digits=15, decimal_places=3, help_text="What the people cost, in `labour_currency`.")
    labour_currency = serializers.CharField(help_text="The firm's.")
    expenses = serializers.DecimalField(max_digits=15, decimal_places=3)
    margin = serializers.DecimalField(max_digits=15, decimal_places=3, allow_null=True, help_text="Null where the currencies differ.")
    margin_percent = serializers.IntegerField(allow_null=True)
    hourly_rate = serializers.DecimalField(
        max_digits=15, decimal_places=3, allow_null=True, help_text="What an hour of all work brought in."
    )
    worked_seconds = serializers.IntegerField()
    uncosted_seconds = serializers.IntegerField(help_text="Worked by people whose cost is not known.")


class MarginsRow(Row):
    periods = MarginRow(many=True)


class UseRow(Row):
    """Somebody's days across all clients."""

    person = PersonNamed()
    available_minutes = serializers.IntegerField()
    worked_minutes = serializers.IntegerField()
    billable_minutes = serializers.IntegerField(help_text="Billed minutes of included and project time.")
    utilisation_percent = serializers.IntegerField(allow_null=True)
    labour = serializers.DecimalField(max_digits=15, decimal_places=3)
    currency = serializers.CharField(help_text="The firm's.")


class UtilisationRow(Row):
    people = UseRow(many=True)


class OfAdmins(ActorViewSet):
    """For anybody but an admin there is no such thing."""

    resource = "costs"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not self.actor.administers or self.actor.client_id is not None:
            raise Http404


class CostRateViewSet(OfAdmins):
    """What people cost. Entries of open periods follow a new rate; closed ones keep what they have."""

    queryset = CostRate.objects.none()
    row_class = CostRateRow
    serializer_class = CostRateSerializer
    filterset_class = CostRateFilter
    orderings = ("-starts_on", "starts_on", "-id", "id")

    def get_queryset(self) -> QuerySet[CostRate]:
        return CostRate.objects.visible_to(self.actor).with_currency()

    @extend_schema(responses={201: CostRateRow})
    def create(self, request: Request) -> Response:
        """Say what an hour of somebody costs from a day on."""
        made = set_cost_rate(actor=self.actor, **self.body(CostRateSerializer))
        return self.created_row(self.row(made.pk), made, f"cost-rates/{made.pk}")


SPAN_PARAMETERS = [
    parameter("since", "The first day; the first of this month unless said.", type="string", format="date"),
    parameter("until", "The first day after; tomorrow unless said.", type="string", format="date"),
]


class MarginView(OfAdmins):
    """Margin and utilisation, computed when asked."""

    queryset = Period.objects.none()
    row_class = MarginRow
    asked_actions = frozenset({"margins", "utilisation"})

    @extend_schema(operation_id="margins", responses=MarginsRow, parameters=SPAN_PARAMETERS)  # type: ignore[arg-type]  # taken as it stands
    def margins(self, request: Request) -> Response:
        """The margin of every period that the days `since` up to `until` touch; at most 400 days."""
        since, until = span_of(request)
        found = Period.objects.visible_to(self.actor).of_the_promise().filter(starts_on__lt=until, ends_on__gt=since)
        own = Firm.objects.the().currency
        rows = margins(found.select_related("client", "engagement").order_by("client__name", "starts_on", "pk"), own)
        return Response({"periods": [_shown(row, own) for row in rows if may_see_costs(self.actor)]})

    @extend_schema(operation_id="utilisation", responses=UtilisationRow, parameters=SPAN_PARAMETERS)  # type: ignore[arg-type]  # taken as it stands
    def utilisation(self, request: Request) -> Response:
        """How much of their time people spent on work that clients pay, from `since` up to `until`."""
        since, until = span_of(request)
        own = Firm.objects.the().currency
        found = use_of(Person.objects.of_the_firm().order_by("name"), since, until, own)
        return Response({"people": [_used(row, own) for row in found]})


def span_of(request: Request) -> tuple[dt.date, dt.date]:
    """The days asked about. Raises BadParameters."""
    today = timezone.localdate()
    said = {"since": today.replace(day=1), "until": today + dt.timedelta(days=1)}
    for name in request.query_params:
        if name not in said:
            raise BadParameters([{"parameter": name, "detail": _("There is no such parameter."), "allowed": sorted(said)}])
        if len(request.query_params.getlist(name)) > 1:
            raise BadParameters([{"parameter": name, "detail": _("Say it once.")}])
    for name in said:
        text = request.query_params.get(name)
        if text is not None:
            try:
                said[name] = dt.date.fromisoformat(text)
            except ValueError as error:
                raise BadParameters([{"parameter": name, "detail": _("Write a day like 2026-11-01.")}]) from error
    if not dt.timedelta(0) < said["until"] - said["since"] <= LONGEST:
        raise BadParameters([{"parameter": "until", "detail": _("Ask for at least one day and at most 400.")}])
    return said["since"], said["until"]


def _shown(row: PeriodMargin, own: str) -> dict[str, Any]:
    period, margin = row.period, row.margin
    currency = period.engagement.currency
    alike = currency == own
    return {
        "period": period.pk,
        "client": {"id": period.client_id, "name": period.client.name, "code": period.client.code},
        "engagement": {"id": period.engagement_id, "name": period.engagement.name},
        "starts_on": period.starts_on,
        "ends_on": period.ends_on,
        "currency": currency,
        "fee": _money(margin.fee, currency),
        "charged": _money(margin.charged, currency),
        "labour": _money(margin.labour, own),
        "labour_currency": own,
        "expenses": _money(margin.expenses, currency),
        "margin": _money(margin.left, currency) if alike else None,
        "margin_percent": margin.percent if alike else None,
        "hourly_rate": None if margin.hourly is None else _money(margin.hourly, currency),
        "worked_seconds": margin.worked_seconds,
        "uncosted_seconds": margin.uncosted_seconds,
    }


def _used(row: PersonUse, own: str) -> dict[str, Any]:
    return {
        "person": {"id": row.person.pk, "name": row.person.name},
        "available_minutes": row.available_minutes,
        "worked_minutes": row.worked_minutes,
        "billable_minutes": row.billable_minutes,
        "utilisation_percent": row.percent,
        "labour": _money(row.labour, own),
        "currency": own,
    }


def _money(amount: Decimal, currency: str) -> str:
    """An amount in the places of its currency: "61.07" dollars, "6107" yen, "61.070" dinars."""
    return str(money(amount, places_of(currency)))
