from typing import Any, ClassVar
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions.keys import issue_key, revoke_key, rotate_key
from accounts.models import ApiKey, Client, Person
from accounts.policies import SCOPES
from api.base import ActorViewSet, StrictSerializer, VisibleTo
from api.clients import ClientViewSet
from api.people import PersonViewSet
from api.rows import ClientNamed, PersonNamed, Row


class KeyRow(Row):
    """A program's way in, known by its prefix. Its secret is not kept."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    prefix = serializers.CharField()
    person = PersonNamed(help_text="Whom it acts for.")
    client = ClientNamed(allow_null=True, help_text="The one client it is held to; null for the firm's keys.")
    scopes = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class NewKeyRow(KeyRow):
    """A key that was just made, with its secret: the only time it is shown."""

    added = frozenset({"secret"})

    secret = serializers.CharField(help_text="Keep it now; it is never shown again.")


class KeySerializer(StrictSerializer):
    name = serializers.CharField(max_length=80)
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=SCOPES), min_length=1, max_length=len(SCOPES))
    client = VisibleTo(Client, required=False, allow_null=True, help_text="Hold the key to one client. A member's always is.")
    person = VisibleTo(Person, required=False, allow_null=True, help_text="Whom it acts for; the caller where nobody is named.")
    expires_at = serializers.DateTimeField(required=False, allow_null=True, help_text="To come, and within ten years.")


class RotationSerializer(StrictSerializer):
    expires_at = serializers.DateTimeField(required=False, allow_null=True, help_text="When the new key ends; as long as the old one had.")


class KeyFilter(django_filters.FilterSet):
    """Keys by the client they are held to, and by whether they were revoked."""

    client = django_filters.UUIDFilter(field_name="client_id")
    revoked = django_filters.BooleanFilter(field_name="revoked_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = ApiKey
        fields: ClassVar[list[str]] = []


class KeyViewSet(ActorViewSet):
    """The caller's keys; to a client's owner those of its people, to a lead those of all clients' people, to an admin every key.

    Keys are kept by people: no key has a scope for keys.
    """

    resource = "keys"
    queryset = ApiKey.objects.none()
    row_class = KeyRow
    serializer_class = KeySerializer
    filterset_class = KeyFilter
    expandable = {"client": ClientViewSet, "person": PersonViewSet}
    secret_actions = frozenset({"create", "rotate"})
    matched_actions = frozenset()  # a key is revoked in whatever state it is

    def get_queryset(self) -> QuerySet[Any]:
        return ApiKey.objects.visible_to(self.actor)

    @extend_schema(responses={201: NewKeyRow})
    def create(self, request: Request) -> Response:
        """Make a key. Its secret is in this answer and nowhere else, not even in a repeated one."""
        body = self.body(KeySerializer)
        person = body.pop("person", None) or Person.objects.get(pk=str(self.actor.person_id))
        if body.get("client") is None and self.actor.client_id is not None:
            body["client"] = Client.objects.get(pk=self.actor.client_id)
        return self._shown_once(*issue_key(actor=self.actor, person=person, **body))

    @extend_schema(operation_id="keys_rotation", request=RotationSerializer, responses={201: NewKeyRow})
    def rotate(self, request: Request, pk: UUID) -> Response:
        """Make the key that follows this one. Both open the door for 7 days, so that programs can change over; then only the new one."""
        key = self.thing(pk)
        return self._shown_once(*rotate_key(actor=self.actor, key=key, **self.body(RotationSerializer)))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Close the door to a key, at once and for ever."""
        revoke_key(actor=self.actor, key=self.thing(pk))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _shown_once(self, key: ApiKey, secret: str) -> Response:
        location = self.request.build_absolute_uri(f"/api/v1/keys/{key.pk}")
        headers = {"Location": location, "Cache-Control": "no-store"}
        return Response(KeyRow.of(key) | {"secret": secret}, status=status.HTTP_201_CREATED, headers=headers)
