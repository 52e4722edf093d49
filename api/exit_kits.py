from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse, Http404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Client
from api.base import ActorViewSet, NothingSerializer
from api.rows import ClientNamed, Derived, PersonNamed, Row
from leaving.actions import ask_exit_kit, fetch_exit_kit
from leaving.models import ExitKit
from leaving.models.kit import can_be_had
from look.downloads import ZIP, as_download


class ExitKitRow(Row):
    """All that a client may read of itself, asked for to be taken along, and how far it is."""

    derived = {
        "failure": Derived(("failure",), lambda failure: _(failure) if failure else ""),
        "is_there": Derived(("place", "expires_at"), can_be_had),
    }

    id = serializers.UUIDField()
    client = ClientNamed()
    person = PersonNamed(allow_null=True)
    state = serializers.ChoiceField(choices=ExitKit.State.choices)
    nouns_done = serializers.IntegerField()
    nouns_total = serializers.IntegerField()
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="Rows by noun, of the nouns that are done.")
    size_bytes = serializers.IntegerField(allow_null=True)
    sha256 = serializers.CharField(source="digest", help_text="Of the file; empty while there is none.")
    is_there = serializers.BooleanField(help_text="Whether the file can be had.")
    failure = serializers.CharField(help_text="Why it failed; empty otherwise.")
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True, help_text="Until when the file is kept.")


class ExitKitViewSet(ActorViewSet):
    """Exit kits: for the client's owners, and for the firm's admins and leads."""

    resource = "exit-kits"
    queryset = ExitKit.objects.none()
    row_class = ExitKitRow
    serializer_class = NothingSerializer

    def get_queryset(self) -> QuerySet[Any]:
        kits = ExitKit.objects.visible_to(self.actor)
        return kits.filter(client=self._client()) if "client_id" in self.kwargs else kits

    def _client(self) -> Client:
        found = Client.objects.visible_to(self.actor).filter(pk=self.kwargs["client_id"]).first()
        if found is None:
            raise Http404
        return found

    @extend_schema(request=NothingSerializer, responses={202: ExitKitRow})
    def create(self, request: Request, client_id: UUID) -> Response:
        """Have the file made: ask the address in Location how far it is. While one is being made, that one is answered."""
        client = self._client()
        self.body(NothingSerializer)
        answer = self.created(kit := ask_exit_kit(actor=self.actor, client=client), f"exit-kits/{kit.pk}")
        answer.status_code = status.HTTP_202_ACCEPTED
        return answer

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def content(self, request: Request, pk: UUID) -> FileResponse:
        """The zip: every noun as JSON and CSV, the files that were sent, a manifest with their SHA-256. Kept for seven days."""
        kit = self.thing(pk)
        opened = fetch_exit_kit(actor=self.actor, kit=kit)
        return as_download(opened, name=kit.file_name, content_type=ZIP)
