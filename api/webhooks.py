from typing import Any, ClassVar
from uuid import UUID

import django_filters
import orjson
from django.db.models import Model, QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import scope
from accounts.models import Client
from api.base import ActorViewSet, StrictSerializer, VisibleTo
from api.clients import ClientViewSet
from api.people import PersonViewSet
from api.rows import ClientNamed, Derived, PersonNamed, Row
from events.actions.webhooks import (
    Wanted,
    add_webhook,
    change_webhook,
    disable_webhook,
    enable_webhook,
    ping_webhook,
    redeliver,
    redeliver_since,
    remove_webhook,
    rotate_secret,
)
from events.models import Webhook, WebhookAttempt, WebhookMessage
from events.models.webhook import state_of
from events.published import published_kinds

KINDS = sorted(published_kinds())
STATES = ("waiting", "delivered", "given_up")


class WebhookRow(Row):
    """Where a program outside is told of events. Its secret is not shown again."""

    id = serializers.UUIDField()
    url = serializers.CharField()
    description = serializers.CharField()
    kinds = serializers.ListField(child=serializers.CharField(), help_text="The events it is told of.")
    person = PersonNamed(help_text="Whom it acts for: it hears what this person may see.")
    client = ClientNamed(allow_null=True, help_text="The one client it is told of; null for all that its person sees.")
    created_at = serializers.DateTimeField()
    former_secret_until = serializers.DateTimeField(
        source="former_until", allow_null=True, help_text="Until then the secret before this one signs too."
    )
    disabled_at = serializers.DateTimeField(allow_null=True)
    disabled_reason = serializers.ChoiceField(choices=[("", "not disabled"), *Webhook.Disabled.choices], allow_blank=True)


class NewWebhookRow(WebhookRow):
    """A webhook with its secret: the only time it is shown."""

    added = frozenset({"secret"})

    secret = serializers.CharField(help_text="Verify signatures with it. Keep it now; it is never shown again.")


class WebhookMessageRow(Row):
    """What one webhook was told, or is to be told, of one event."""

    derived = {
        "webhook_id": Derived(("id",), lambda pk: f"msg_{pk.hex}"),
        "state": Derived(("is_waiting", "delivered_at"), state_of),
        "payload": Derived(("body",), lambda body: orjson.loads(body) if body else {}),
    }

    id = serializers.UUIDField()
    webhook_id = serializers.CharField(help_text="The header webhook-id: the same however often it is sent.")
    webhook = serializers.UUIDField(source="webhook_id", help_text="Which webhook is told.")
    kind = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    payload = serializers.DictField(help_text="What is sent: type, timestamp, data; empty once the client came to read less than that.")
    attempts = serializers.IntegerField(help_text="How often it was tried since it was last put on its way.")
    due_at = serializers.DateTimeField(help_text="When it is tried next, while it waits.")
    last_error = serializers.CharField()
    created_at = serializers.DateTimeField()
    delivered_at = serializers.DateTimeField(allow_null=True)
    given_up_at = serializers.DateTimeField(allow_null=True)


class WebhookAttemptRow(Row):
    """One attempt to deliver a message, and what came of it."""

    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    status = serializers.IntegerField(allow_null=True, help_text="What the receiver answered; null where it did not.")
    duration_ms = serializers.IntegerField()
    excerpt = serializers.CharField(help_text="How the answer begins.")
    error = serializers.CharField()


class WebhookSerializer(StrictSerializer):
    url = serializers.CharField(max_length=500, help_text="Begins with https:// and leads to a public machine.")
    kinds = serializers.ListField(child=serializers.ChoiceField(choices=KINDS), min_length=1, max_length=len(KINDS))
    description = serializers.CharField(max_length=120, required=False, allow_blank=True)
    client = VisibleTo(Client, required=False, allow_null=True, help_text="Tell it of one client only. A member's always is.")


class ChangeSerializer(StrictSerializer):
    url = serializers.CharField(max_length=500)
    kinds = serializers.ListField(child=serializers.ChoiceField(choices=KINDS), min_length=1, max_length=len(KINDS))
    description = serializers.CharField(max_length=120, allow_blank=True)


class SecretRotationSerializer(StrictSerializer):
    at_once = serializers.BooleanField(required=False, default=False, help_text="End the old secret now, because it leaked.")


class SinceSerializer(StrictSerializer):
    since = serializers.DateTimeField()


class RedeliveredRow(Row):
    messages = serializers.IntegerField(help_text="How many were given up since then and go out again.")


class WebhookFilter(django_filters.FilterSet):
    """Webhooks by the client they are bound to, by what they listen to, and by whether they are disabled."""

    client = django_filters.UUIDFilter(field_name="client_id")
    kind = django_filters.ChoiceFilter(
        field_name="kinds", lookup_expr="contains", choices=[(kind, kind) for kind in KINDS], method="listening"
    )
    disabled = django_filters.BooleanFilter(field_name="disabled_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Webhook
        fields: ClassVar[list[str]] = []

    def listening(self, queryset: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(kinds__contains=[value])


class WebhookMessageFilter(django_filters.FilterSet):
    """Messages by what they tell, and by what became of them."""

    kind = django_filters.CharFilter()
    waiting = django_filters.BooleanFilter(field_name="is_waiting")
    given_up = django_filters.BooleanFilter(field_name="given_up_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = WebhookMessage
        fields: ClassVar[list[str]] = []


class WebhookViewSet(ActorViewSet):
    """Endpoints by Standard Webhooks. Each acts for whoever made it and hears what that person may see.

    Messages carry `webhook-id`, `webhook-timestamp` and `webhook-signature`, and are repeated until the receiver answers 2xx:
    ten times within three days, what concerns one object in its order. Any redirect is a failure; 410 disables.
    """

    resource = "webhooks"
    queryset = Webhook.objects.none()
    row_class = WebhookRow
    serializer_class = WebhookSerializer
    filterset_class = WebhookFilter
    expandable = {"client": ClientViewSet, "person": PersonViewSet}
    secret_actions = frozenset({"create", "rotate"})

    def get_queryset(self) -> QuerySet[Any]:
        return Webhook.objects.visible_to(self.actor)

    def lock(self, found: Model) -> None:
        with scope.system("change a webhook"):
            super().lock(found)

    @extend_schema(responses={201: NewWebhookRow})
    def create(self, request: Request) -> Response:
        """Tell a program of events from now on. The secret is in this answer and nowhere else, not even in a repeated one."""
        body = self.body(WebhookSerializer)
        client = body.pop("client", None)
        if client is None and self.actor.client_id is not None:
            client = Client.objects.get(pk=self.actor.client_id)
        return self._shown_once(*add_webhook(actor=self.actor, wanted=Wanted(**body), client=client))

    @extend_schema(request=ChangeSerializer)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Send elsewhere, or tell of other events from now on."""
        webhook = self.thing(pk)
        change_webhook(actor=self.actor, webhook=webhook, wanted=Wanted(**self.body(ChangeSerializer, partial=True)))
        return Response(self.row(pk))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Forget a webhook, with its secrets and its log."""
        remove_webhook(actor=self.actor, webhook=self.thing(pk))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(operation_id="webhooks_rotation", request=SecretRotationSerializer, responses={201: NewWebhookRow})
    def rotate(self, request: Request, pk: UUID) -> Response:
        """Sign with a new secret. For 24 hours the old one signs too, so that the receiver can change over."""
        return self._shown_once(*rotate_secret(actor=self.actor, webhook=self.thing(pk), **self.body(SecretRotationSerializer)))

    @extend_schema(operation_id="webhooks_enable", request=None, responses=WebhookRow)
    def enable(self, request: Request, pk: UUID) -> Response:
        """Tell it of what happens from now on."""
        self.nothing()
        enable_webhook(actor=self.actor, webhook=self.thing(pk))
        return Response(self.row(pk))

    @extend_schema(operation_id="webhooks_disable", responses={200: WebhookRow})
    def disable(self, request: Request, pk: UUID) -> Response:
        """Tell it of nothing until it is enabled again. What waits is given up, and can be sent again later."""
        disable_webhook(actor=self.actor, webhook=self.thing(pk))
        return Response(self.row(pk))

    @extend_schema(operation_id="webhooks_ping", request=None, responses={201: WebhookMessageRow})
    def ping(self, request: Request, pk: UUID) -> Response:
        """Send a message of the type webhook.ping. What came of it stands in its attempts."""
        self.nothing()
        message = ping_webhook(actor=self.actor, webhook=self.thing(pk))
        return self.created(message, f"webhook-messages/{message.pk}", WebhookMessageRow)

    @extend_schema(operation_id="webhooks_redelivery", request=SinceSerializer, responses=RedeliveredRow)
    def redeliver(self, request: Request, pk: UUID) -> Response:
        """Send again, in their order and under their old ids, all messages since a moment that were given up."""
        return Response({"messages": redeliver_since(actor=self.actor, webhook=self.thing(pk), **self.body(SinceSerializer))})

    def _shown_once(self, webhook: Webhook, secret: str) -> Response:
        location = self.request.build_absolute_uri(f"/api/v1/webhooks/{webhook.pk}")
        headers = {"Location": location, "Cache-Control": "no-store"}
        return Response(WebhookRow.of(webhook) | {"secret": secret}, status=status.HTTP_201_CREATED, headers=headers)


class MessagesOfWebhookViewSet(ActorViewSet):
    """The log of one webhook, newest first. It is kept for 30 days."""

    resource = "webhooks"
    queryset = WebhookMessage.objects.none()
    row_class = WebhookMessageRow
    filterset_class = WebhookMessageFilter

    def get_queryset(self) -> QuerySet[Any]:
        if not Webhook.objects.visible_to(self.actor).filter(pk=self.kwargs["webhook_id"]).exists():
            raise Http404
        return WebhookMessage.objects.visible_to(self.actor).filter(webhook_id=self.kwargs["webhook_id"])


class WebhookMessageViewSet(ActorViewSet):
    """One message of a webhook."""

    resource = "webhooks"
    queryset = WebhookMessage.objects.none()
    row_class = WebhookMessageRow

    def get_queryset(self) -> QuerySet[Any]:
        return WebhookMessage.objects.visible_to(self.actor)

    @extend_schema(operation_id="webhook_messages_redelivery", request=None, responses=WebhookMessageRow)
    def redeliver(self, request: Request, pk: UUID) -> Response:
        """Send one message again, out of turn, under its old id."""
        self.nothing()
        message = self.get_queryset().select_related("webhook__person").filter(pk=pk).first()
        if message is None:
            raise Http404
        redeliver(actor=self.actor, message=message)
        return Response(self.row(pk))


class AttemptsOfMessageViewSet(ActorViewSet):
    """The attempts to deliver one message, newest first."""

    resource = "webhooks"
    queryset = WebhookAttempt.objects.none()
    row_class = WebhookAttemptRow

    def get_queryset(self) -> QuerySet[Any]:
        if not WebhookMessage.objects.visible_to(self.actor).filter(pk=self.kwargs["message_id"]).exists():
            raise Http404
        return WebhookAttempt.objects.filter(message_id=self.kwargs["message_id"])
