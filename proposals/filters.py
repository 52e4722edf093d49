"""How lists of proposals are narrowed, by pages and programs alike."""

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from proposals.models import Proposal, ProposalState


class ProposalFilter(django_filters.FilterSet):
    """Proposals by state, client, retainer, system and words. `updated_since` includes its moment."""

    state = django_filters.MultipleChoiceFilter(choices=ProposalState.choices)
    client = django_filters.UUIDFilter(field_name="client_id")
    engagement = django_filters.UUIDFilter(field_name="engagement_id")
    system = django_filters.UUIDFilter(field_name="system_id")
    q = django_filters.CharFilter(method="of_words", label=_("title or reference"))
    updated_since = django_filters.IsoDateTimeFilter(field_name="updated_at", lookup_expr="gte")

    class Meta:
        model = Proposal
        fields: list[str] = []

    def of_words(self, proposals: "QuerySet[Proposal]", _name: str, value: str) -> "QuerySet[Proposal]":
        """A reference as it is written, or a part of the title."""
        return proposals.filter(Q(reference__iexact=value.strip()) | Q(title__icontains=value.strip()))
