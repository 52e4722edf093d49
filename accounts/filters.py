"""How lists of clients are narrowed, by pages and programs alike."""

from typing import ClassVar

import django_filters
from django.db.models import Q, QuerySet

from accounts.models import Client


class ClientFilter(django_filters.FilterSet):
    """Clients by a word of their name or code, and by whether they are still in care."""

    q = django_filters.CharFilter(method="by_word", help_text="Part of the name, or how the code begins.")
    in_care = django_filters.BooleanFilter(field_name="ended_at", lookup_expr="isnull")

    class Meta:
        model = Client
        fields: ClassVar[list[str]] = []

    def by_word(self, clients: "QuerySet[Client]", _name: str, word: str) -> "QuerySet[Client]":
        return clients.filter(Q(name__icontains=word) | Q(code__istartswith=word))
