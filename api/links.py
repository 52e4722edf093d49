from typing import Any, ClassVar
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions.links import close_feed, open_feed, share_balance, unshare_balance
from accounts.models import BalanceLink, CalendarFeed, Client
from api.base import ActorViewSet, StrictSerializer, VisibleTo
from api.clients import ClientViewSet
from api.people import PersonViewSet
from api.rows import ClientNamed, PersonNamed, Row


class BalanceLinkRow(Row):
    """A secret address that shows one client's balance. The secret itself is not kept."""

    id = serializers.UUIDField()
    client = ClientNamed()
    name = serializers.CharField(help_text="Whom it was made for.")
    made_by = PersonNamed()
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class NewBalanceLinkRow(BalanceLinkRow):
    """A link that was just made, with its address: the only time it is shown."""

    added = frozenset({"url"})

    url = serializers.CharField(help_text="Keep it now; it is never shown again. With `json` at its end it answers as JSON.")


class BalanceLinkSerializer(StrictSerializer):
    client = VisibleTo(Client)
    name = serializers.CharField(max_length=80)


class BalanceLinkFilter(django_filters.FilterSet):
    """Links by client, and by whether they were revoked."""

    client = django_filters.UUIDFilter(field_name="client_id")
    revoked = django_filters.BooleanFilter(field_name="revoked_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = BalanceLink
        fields: ClassVar[list[str]] = []


class BalanceLinkViewSet(ActorViewSet):
    """Read-only links to a balance: to the firm those of its clients, to a client's owner its own, to others none."""

    resource = "balance-links"
    queryset = BalanceLink.objects.none()
    row_class = BalanceLinkRow
    serializer_class = BalanceLinkSerializer
    filterset_class = BalanceLinkFilter
    expandable = {"client": ClientViewSet, "made_by": PersonViewSet}
    secret_actions = frozenset({"create"})
    matched_actions = frozenset()  # a link is revoked in whatever state it is

    def get_queryset(self) -> QuerySet[Any]:
        return BalanceLink.objects.visible_to(self.actor)

    @extend_schema(responses={201: NewBalanceLinkRow})
    def create(self, request: Request) -> Response:
        """Make a link. Its address is in this answer and nowhere else, not even in a repeated one."""
        link, secret = share_balance(actor=self.actor, **self.body(BalanceLinkSerializer))
        url = request.build_absolute_uri(reverse("balance_page", args=[secret]))
        return _shown_once(request, "balance-links", link.pk, BalanceLinkRow.of(link) | {"url": url})

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Revoke a link, at once and for ever."""
        unshare_balance(actor=self.actor, link=self.thing(pk))
        return Response(status=status.HTTP_204_NO_CONTENT)


class CalendarFeedRow(Row):
    """A secret address under which a calendar finds what is planned. The secret itself is not kept."""

    id = serializers.UUIDField()
    person = PersonNamed()
    client = ClientNamed(allow_null=True, help_text="The one client it shows; null for the firm's people.")
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class NewCalendarFeedRow(CalendarFeedRow):
    """A feed that was just made, with its address: the only time it is shown."""

    added = frozenset({"url"})

    url = serializers.CharField(help_text="Keep it now; it is never shown again.")


class CalendarFeedFilter(django_filters.FilterSet):
    """Feeds by whether they were revoked."""

    revoked = django_filters.BooleanFilter(field_name="revoked_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = CalendarFeed
        fields: ClassVar[list[str]] = []


class CalendarFeedViewSet(ActorViewSet):
    """The caller's calendar feeds. A key makes one only if it may read all that a calendar shows."""

    resource = "calendar-feeds"
    queryset = CalendarFeed.objects.none()
    row_class = CalendarFeedRow
    filterset_class = CalendarFeedFilter
    expandable = {"person": PersonViewSet}
    secret_actions = frozenset({"create"})
    matched_actions = frozenset()  # a feed is revoked in whatever state it is

    def get_queryset(self) -> QuerySet[Any]:
        return CalendarFeed.objects.visible_to(self.actor)

    @extend_schema(request=None, responses={201: NewCalendarFeedRow})
    def create(self, request: Request) -> Response:
        """Make a feed. Its address is in this answer and nowhere else, not even in a repeated one."""
        self.nothing()
        feed, secret = open_feed(actor=self.actor)
        url = request.build_absolute_uri(reverse("calendar_feed", args=[secret]))
        return _shown_once(request, "calendar-feeds", feed.pk, CalendarFeedRow.of(feed) | {"url": url})

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Revoke a feed, at once and for ever."""
        close_feed(actor=self.actor, feed=self.thing(pk))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _shown_once(request: Request, path: str, pk: object, row: dict[str, Any]) -> Response:
    headers = {"Location": request.build_absolute_uri(f"/api/v1/{path}/{pk}"), "Cache-Control": "no-store"}
    return Response(row, status=status.HTTP_201_CREATED, headers=headers)
