from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actors import MemberRole, StaffRole
from accounts.models import ApiKey, Client, Person
from api.base import ActorViewSet
from api.rows import ClientNamed, PersonNamed, Row


class KeyNamed(Row):
    """The key that was sent: never its secret."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    prefix = serializers.CharField()
    expires_at = serializers.DateTimeField(allow_null=True)


class MeRow(Row):
    """Who acts, in which roles, within which client and scopes."""

    person = PersonNamed()
    client = ClientNamed(allow_null=True, help_text="The one client this actor is held to; null for the firm's people.")
    staff_role = serializers.ChoiceField(choices=[role.value for role in StaffRole], allow_null=True)
    member_roles = serializers.ListField(child=serializers.ChoiceField(choices=[role.value for role in MemberRole]))
    time_zone = serializers.CharField()
    key = KeyNamed(allow_null=True)
    scopes = serializers.ListField(child=serializers.CharField(), allow_null=True, help_text="Null for a session: all its roles allow.")


class MeView(ActorViewSet):
    """Who the caller is, and what they may do."""

    queryset = Person.objects.none()
    row_class = MeRow

    @extend_schema(operation_id="me_retrieve", responses=MeRow)
    def me(self, request: Request) -> Response:
        """Who the key or the session acts for, with its scopes."""
        actor = self.actor
        key = KeyNamed.all_of(ApiKey.objects.visible_to(actor).filter(pk=actor.key_id)) if actor.key_id else []
        client = ClientNamed.all_of(Client.objects.visible_to(actor).filter(pk=actor.client_id)) if actor.client_id else []
        return Response(
            {
                "person": PersonNamed.all_of(Person.objects.filter(pk__in=[actor.person_id]))[0],
                "client": client[0] if client else None,
                "staff_role": actor.staff_role,
                "member_roles": sorted(actor.member_roles),
                "time_zone": actor.time_zone,
                "key": key[0] if key else None,
                "scopes": sorted(actor.scopes) if actor.scopes is not None else None,
            }
        )
