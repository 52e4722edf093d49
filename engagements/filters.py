"""How lists of AI systems are narrowed, by pages and programs alike."""

from typing import ClassVar

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from engagements.models import AISystem


class SystemFilter(django_filters.FilterSet):
    """Systems by words, by where they belong, what they are, and whether they are in care still."""

    q = django_filters.CharFilter(method="of_words", label=_("name or purpose"), help_text="Part of the name or of the purpose.")
    client = django_filters.UUIDFilter(field_name="client_id")
    engagement = django_filters.UUIDFilter(field_name="engagement_id")
    kind = django_filters.MultipleChoiceFilter(choices=AISystem.Kind.choices)
    in_care = django_filters.BooleanFilter(field_name="retired_on", lookup_expr="isnull")

    class Meta:
        model = AISystem
        fields: ClassVar[list[str]] = []

    def of_words(self, systems: "QuerySet[AISystem]", _name: str, value: str) -> "QuerySet[AISystem]":
        return systems.filter(Q(name__icontains=value) | Q(purpose__icontains=value))
