from typing import Any, ClassVar
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions.colleagues import describe_person, let_go
from accounts.actions.inviting import invite_again, invite_colleague, invite_contact
from accounts.actors import MemberRole, StaffRole
from accounts.models import Client, Person
from api.base import ActorViewSet, StrictSerializer, VisibleTo
from api.rows import Row


class PersonRow(Row):
    """Somebody of the firm or of a client. Clients read names only."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    staff_role = serializers.ChoiceField(choices=["", *StaffRole], required=False, help_text="Empty for somebody of a client.")
    time_zone = serializers.CharField(required=False)
    language = serializers.CharField(required=False)
    left_at = serializers.DateTimeField(required=False, allow_null=True, help_text="Since when they no longer work here.")


class PersonOnlyNamedRow(PersonRow):
    staff_role = None  # type: ignore[assignment]  # so DRF takes a declared field away
    time_zone = None  # type: ignore[assignment]
    language = None  # type: ignore[assignment]
    left_at = None  # type: ignore[assignment]


class PersonSerializer(StrictSerializer):
    """Somebody new: of the firm in a `staff_role`, or of a `client` in `roles`."""

    name = serializers.CharField(max_length=80)
    email = serializers.EmailField(help_text="They sign in with a code sent to this address.")
    time_zone = serializers.CharField(max_length=64, default="UTC")
    staff_role = serializers.ChoiceField(choices=[role.value for role in StaffRole], required=False)
    client = VisibleTo(Client, required=False)
    roles = serializers.ListField(
        child=serializers.ChoiceField(choices=[role.value for role in MemberRole]), min_length=1, max_length=4, required=False
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        of_the_firm, of_a_client = "staff_role" in attrs, "client" in attrs and "roles" in attrs
        if of_the_firm == of_a_client or (of_the_firm and ("client" in attrs or "roles" in attrs)):
            told = _("Name a staff_role, or a client with roles: somebody is of the firm or of a client.")
            raise serializers.ValidationError({"staff_role": [told]}, code="required")
        return attrs


class PersonChangeSerializer(StrictSerializer):
    """What may be said anew of somebody. What is left out stays."""

    name = serializers.CharField(max_length=80)
    time_zone = serializers.CharField(max_length=64)
    staff_role = serializers.ChoiceField(choices=[role.value for role in StaffRole], help_text="Of a colleague; nobody changes their own.")


class PersonFilter(django_filters.FilterSet):
    """People by a part of their name."""

    q = django_filters.CharFilter(field_name="name", lookup_expr="icontains", help_text="Part of the name.")

    class Meta:
        model = Person
        fields: ClassVar[list[str]] = []


class PersonViewSet(ActorViewSet):
    """The firm's people, and those of the clients the caller works with. A client reads names only."""

    resource = "people"
    queryset = Person.objects.none()
    row_class = PersonRow
    serializer_class = PersonSerializer
    filterset_class = PersonFilter
    orderings = ("-id", "id", "name", "-name")

    def get_queryset(self) -> QuerySet[Any]:
        return Person.objects.visible_to(self.actor)

    def get_row_class(self) -> type[Row]:
        return PersonRow if self.actor.is_staff else PersonOnlyNamedRow

    @extend_schema(responses={201: PersonRow})
    def create(self, request: Request) -> Response:
        """Bring somebody in, of the firm or of a client; they are written to, and sign in with a code sent to their address."""
        body = self.body(PersonSerializer)
        client, roles, role = body.pop("client", None), body.pop("roles", []), body.pop("staff_role", None)
        if client is None:
            person = invite_colleague(actor=self.actor, staff_role=StaffRole(role), **body)
        else:
            person = invite_contact(actor=self.actor, client=client, roles=[MemberRole(name) for name in roles], **body)
        return self.created(person, f"people/{person.pk}")

    @extend_schema(request=PersonChangeSerializer, responses=PersonRow)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Say anew how somebody is called, where they are, and what they may do in the firm."""
        person = self.thing(pk)
        describe_person(actor=self.actor, person=person, **self.body(PersonChangeSerializer, partial=True))
        return Response(self.row(pk))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Let a colleague go: no door opens to them any more. They stay in the list, with `left_at`, as what they did stays.

        Bringing in the same address again lets them come back; keys and links stay ended.
        """
        let_go(actor=self.actor, person=self.thing(pk))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(operation_id="people_invitation", request=None, responses=PersonRow)
    def invite(self, request: Request, pk: UUID) -> Response:
        """Write once more to somebody who has not signed in yet."""
        self.nothing()
        invite_again(actor=self.actor, person=self.thing(pk))
        return Response(self.row(pk))
