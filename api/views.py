from typing import Any, ClassVar
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions.views import change_view, forget_view, save_view
from accounts.models import SavedView
from api.base import ActorViewSet, StrictSerializer
from api.people import PersonViewSet
from api.rows import PersonNamed, Row


class ViewRow(Row):
    """The filters of one list of the workspace, under a name."""

    id = serializers.UUIDField()
    person = PersonNamed(help_text="Whose it is.")
    page = serializers.ChoiceField(choices=SavedView.Page.choices)
    name = serializers.CharField()
    query = serializers.CharField(help_text="What follows the question mark of the list's address.")
    is_shared = serializers.BooleanField(help_text="Whether everybody of the firm sees it.")
    is_default = serializers.BooleanField(help_text="Whether its owner opens the list with it.")
    created_at = serializers.DateTimeField()


class ViewChangeSerializer(StrictSerializer):
    name = serializers.CharField(max_length=60)
    query = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")
    is_shared = serializers.BooleanField(default=False)
    is_default = serializers.BooleanField(default=False)


class ViewSerializer(ViewChangeSerializer):
    page = serializers.ChoiceField(choices=SavedView.Page.choices)


class ViewFilter(django_filters.FilterSet):
    """Views by the list they are of, and by whether everybody sees them."""

    page = django_filters.ChoiceFilter(choices=SavedView.Page.choices)
    is_shared = django_filters.BooleanFilter()

    class Meta:
        model = SavedView
        fields: ClassVar[list[str]] = []


class SavedViewViewSet(ActorViewSet):
    """Views that the caller saved, and those that are shared with the firm. A client has none."""

    resource = "views"
    queryset = SavedView.objects.none()
    row_class = ViewRow
    serializer_class = ViewSerializer
    filterset_class = ViewFilter
    orderings = ("-id", "id", "name", "-name")
    expandable = {"person": PersonViewSet}

    def get_queryset(self) -> QuerySet[Any]:
        return SavedView.objects.visible_to(self.actor) if self.actor.is_staff else SavedView.objects.none()

    @extend_schema(responses={201: ViewRow})
    def create(self, request: Request) -> Response:
        """Keep the filters of a list under a name; a name one has already keeps the new filters."""
        view = save_view(actor=self.actor, **self.body(ViewSerializer))
        return self.created(view, f"views/{view.pk}")

    @extend_schema(request=ViewChangeSerializer, responses=ViewRow)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Rename a view, say its filters anew, share it, or open its list with it."""
        change_view(actor=self.actor, view=self.thing(pk), **self.body(ViewChangeSerializer, partial=True))
        return Response(self.row(pk))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Forget a view."""
        forget_view(actor=self.actor, view=self.thing(pk))
        return Response(status=status.HTTP_204_NO_CONTENT)
