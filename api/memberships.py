from typing import Any, ClassVar
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions.inviting import invite_to_client
from accounts.actions.people import change_roles, leave_client, limit_approvals
from accounts.actors import MemberRole
from accounts.models import Client, Membership, Person
from api.base import ActorViewSet, StrictSerializer, VisibleTo
from api.clients import ClientViewSet
from api.people import PersonViewSet
from api.rows import ClientNamed, PersonNamed, Row, Shaped
from engagements.models import currencies_for
from engagements.policies import may_see_money

ROLES = [role.value for role in MemberRole]


class MembershipRow(Row):
    """A person speaks for a client. The limit is there for the firm and for who approves, is billed or owns at the client."""

    added = frozenset({"approval_currencies"})

    id = serializers.UUIDField()
    client = ClientNamed()
    person = PersonNamed()
    roles = serializers.ListField(child=serializers.ChoiceField(choices=ROLES))
    approval_limit = serializers.DecimalField(
        max_digits=13,
        decimal_places=3,
        allow_null=True,
        required=False,
        help_text="The most money they approve at once; null is no limit for owners, and no money for others.",
    )
    approval_currencies = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="In which the limit counts, the same number in each: those of the client's retainers, or the firm's while it has none.",
    )
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True, help_text="Since when they no longer speak for the client.")

    @classmethod
    def complete(cls, rows: list[Shaped]) -> list[Shaped]:
        clients = Client.objects.filter(pk__in={row["client"]["id"] for row in rows})
        counting = dict(clients.values_list("pk", currencies_for("pk")))
        return [row | {"approval_currencies": counting[row["client"]["id"]]} for row in rows]


class MembershipWithoutMoneyRow(MembershipRow):
    added = frozenset()

    approval_limit = None  # type: ignore[assignment]  # so DRF takes a declared field away
    approval_currencies = None  # type: ignore[assignment]  # and this one with it

    @classmethod
    def complete(cls, rows: list[Shaped]) -> list[Shaped]:
        return rows


class RolesField(serializers.ListField):
    """One role at least."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=serializers.ChoiceField(choices=ROLES), min_length=1, max_length=len(ROLES), **kwargs)


class MembershipSerializer(StrictSerializer):
    """Somebody who is known already speaks for a client from now on; joining again sets the roles anew."""

    client = VisibleTo(Client)
    person = VisibleTo(Person)
    roles = RolesField()


class MembershipChangeSerializer(StrictSerializer):
    roles = RolesField()
    approval_limit = serializers.DecimalField(max_digits=13, decimal_places=3, min_value=0, allow_null=True)


class MembershipFilter(django_filters.FilterSet):
    """Memberships by client, by person, and by whether they last."""

    client = django_filters.UUIDFilter(field_name="client_id")
    person = django_filters.UUIDFilter(field_name="person_id")
    active = django_filters.BooleanFilter(field_name="ended_at", lookup_expr="isnull")

    class Meta:
        model = Membership
        fields: ClassVar[list[str]] = []


class MembershipViewSet(ActorViewSet):
    """Who speaks for which client, and as what. Decided by admins and leads; it holds from the person's next request on."""

    resource = "people"
    queryset = Membership.objects.none()
    row_class = MembershipRow
    serializer_class = MembershipSerializer
    filterset_class = MembershipFilter
    expandable = {"client": ClientViewSet, "person": PersonViewSet}

    def get_queryset(self) -> QuerySet[Any]:
        return Membership.objects.visible_to(self.actor)

    def get_row_class(self) -> type[Row]:
        return MembershipRow if may_see_money(self.actor) else MembershipWithoutMoneyRow

    @extend_schema(responses={201: MembershipRow})
    def create(self, request: Request) -> Response:
        """Let a person speak for a client, also one who speaks for others already."""
        body = self.body(MembershipSerializer)
        membership = invite_to_client(actor=self.actor, **body | {"roles": _roles(body)})
        return self.created(membership, f"memberships/{membership.pk}")

    @extend_schema(request=MembershipChangeSerializer, responses=MembershipRow)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Set anew what somebody may do for their client, and how much money they may approve at once."""
        membership = self.thing(pk)
        body = self.body(MembershipChangeSerializer, partial=True)
        if "roles" in body:
            change_roles(actor=self.actor, membership=membership, roles=_roles(body))
        if "approval_limit" in body:
            limit_approvals(actor=self.actor, membership=membership, up_to=body["approval_limit"])
        return Response(self.row(pk))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """End a membership; the person's next request finds the door closed. It stays in the list, with `ended_at`."""
        leave_client(actor=self.actor, membership=self.thing(pk))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _roles(body: dict[str, Any]) -> list[MemberRole]:
    return [MemberRole(role) for role in body["roles"]]
