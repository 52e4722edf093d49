"""What lists of hours can be asked for; pages and API share these."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone

from billing.models import BurnAlert, Charge, Expense, Forecast, ImportRun, Period, Statement, TimeEntry


class TimeEntryFilter(django_filters.FilterSet):
    """Time entries by where they belong, who did them and when."""

    client = django_filters.UUIDFilter(field_name="client_id")
    engagement = django_filters.UUIDFilter(field_name="engagement_id")
    ticket = django_filters.UUIDFilter(field_name="ticket_id")
    period = django_filters.UUIDFilter(field_name="period_id")
    person = django_filters.UUIDFilter(field_name="person_id")
    service_area = django_filters.MultipleChoiceFilter(choices=TimeEntry._meta.get_field("service_area").choices)
    kind = django_filters.MultipleChoiceFilter(choices=TimeEntry.Kind.choices)
    state = django_filters.MultipleChoiceFilter(choices=TimeEntry.State.choices)
    work_date_after = django_filters.DateFilter(field_name="work_date", lookup_expr="gte")
    work_date_before = django_filters.DateFilter(field_name="work_date", lookup_expr="lte")
    updated_since = django_filters.IsoDateTimeFilter(field_name="updated_at", lookup_expr="gte")

    class Meta:
        model = TimeEntry
        fields: list[str] = []


class PeriodFilter(django_filters.FilterSet):
    """Periods by client or engagement, by whether they are open, have ended and wait for their close, or by a day they cover."""

    client = django_filters.UUIDFilter(field_name="client_id")
    engagement = django_filters.UUIDFilter(field_name="engagement_id")
    open = django_filters.BooleanFilter(field_name="closed_at", lookup_expr="isnull")
    to_close = django_filters.BooleanFilter(method="ended_and_open")
    covering = django_filters.DateFilter(method="of_day")

    class Meta:
        model = Period
        fields: list[str] = []

    def ended_and_open(self, queryset: QuerySet[Period], _name: str, wanted: bool) -> QuerySet[Period]:
        waiting = Period.objects.to_close(timezone.localdate()).values("pk")
        return queryset.filter(pk__in=waiting) if wanted else queryset.exclude(pk__in=waiting)

    def of_day(self, queryset: QuerySet[Period], _name: str, day: Any) -> QuerySet[Period]:
        return queryset.filter(starts_on__lte=day, ends_on__gt=day)


class StatementFilter(django_filters.FilterSet):
    """Statements by client, engagement or period."""

    client = django_filters.UUIDFilter(field_name="client_id")
    engagement = django_filters.UUIDFilter(field_name="engagement_id")
    period = django_filters.UUIDFilter(field_name="period_id")

    class Meta:
        model = Statement
        fields: list[str] = []


class BurnAlertFilter(django_filters.FilterSet):
    """Alerts by client, engagement, period, authorisation, kind, threshold, or whether a higher one spoke for them."""

    client = django_filters.UUIDFilter(field_name="client_id")
    engagement = django_filters.UUIDFilter(field_name="period__engagement_id")
    period = django_filters.UUIDFilter(field_name="period_id")
    kind = django_filters.ChoiceFilter(choices=BurnAlert.Kind.choices)
    authorisation = django_filters.UUIDFilter(field_name="authorisation_id")
    percent = django_filters.NumberFilter(field_name="percent")
    superseded = django_filters.BooleanFilter(field_name="is_superseded")

    class Meta:
        model = BurnAlert
        fields: list[str] = []


class ForecastFilter(django_filters.FilterSet):
    """Forecasts by client, engagement or period, by the day they were made for, and by whether they are a range or scored."""

    client = django_filters.UUIDFilter(field_name="client_id")
    engagement = django_filters.UUIDFilter(field_name="engagement_id")
    period = django_filters.UUIDFilter(field_name="period_id")
    method = django_filters.ChoiceFilter(choices=Forecast.Method.choices)
    as_of_after = django_filters.DateFilter(field_name="as_of", lookup_expr="gte")
    as_of_before = django_filters.DateFilter(field_name="as_of", lookup_expr="lte")
    scored = django_filters.BooleanFilter(field_name="came_true_minutes", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Forecast
        fields: list[str] = []


class ImportFilter(django_filters.FilterSet):
    """Imports by how far they are, and by whether they are only tried."""

    state = django_filters.MultipleChoiceFilter(choices=ImportRun.State.choices)
    dry_run = django_filters.BooleanFilter(field_name="is_dry")

    class Meta:
        model = ImportRun
        fields: list[str] = []


class ExpenseFilter(django_filters.FilterSet):
    """Expenses by where they belong, who spent, when, and how they stand."""

    client = django_filters.UUIDFilter(field_name="client_id")
    engagement = django_filters.UUIDFilter(field_name="engagement_id")
    person = django_filters.UUIDFilter(field_name="person_id")
    state = django_filters.MultipleChoiceFilter(choices=Expense.State.choices)
    category = django_filters.MultipleChoiceFilter(choices=Expense.Category.choices)
    billable = django_filters.BooleanFilter(field_name="is_billable")
    spent_after = django_filters.DateFilter(field_name="spent_on", lookup_expr="gte")
    spent_before = django_filters.DateFilter(field_name="spent_on", lookup_expr="lte")

    class Meta:
        model = Expense
        fields: list[str] = []


class ChargeFilter(django_filters.FilterSet):
    """Charges by where they belong, what for, and when."""

    client = django_filters.UUIDFilter(field_name="client_id")
    engagement = django_filters.UUIDFilter(field_name="engagement_id")
    period = django_filters.UUIDFilter(field_name="period_id")
    statement = django_filters.UUIDFilter(field_name="statement_id")
    kind = django_filters.MultipleChoiceFilter(choices=Charge.Kind.choices)
    incurred_after = django_filters.DateFilter(field_name="incurred_on", lookup_expr="gte")
    incurred_before = django_filters.DateFilter(field_name="incurred_on", lookup_expr="lte")

    class Meta:
        model = Charge
        fields: list[str] = []
