from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import ActorViewSet, NothingSerializer, StrictSerializer, VisibleTo
from api.expenses import ChargeRow
from api.people import PersonViewSet
from api.rows import PersonNamed, Row, Shaped
from api.terms import OfEngagement
from billing.actions import ask_overage, authorise_closed_overage, authorise_overage, decline_overage, revoke_authorisation
from billing.models import Authorisation, Period
from billing.models.over import Waiting, noes_to, overs_of, waiting_of
from engagements.models import Engagement
from engagements.policies import may_see_money


class AuthorisationRow(Row):
    """A client's yes to minutes beyond its hours. Minutes that waited are covered by it at once, later ones as they are worked."""

    added = frozenset({"used_minutes", "used_money"})

    id = serializers.UUIDField()
    engagement = serializers.UUIDField(source="engagement_id")
    minutes_cap = serializers.IntegerField(allow_null=True)
    money_cap = serializers.DecimalField(max_digits=13, decimal_places=3, allow_null=True)
    currency = serializers.CharField(source="engagement.currency", help_text="Of `money_cap` and `used_money`.")
    valid_until = serializers.DateField(allow_null=True, help_text="The first day whose work it no longer covers.")
    note = serializers.CharField()
    used_minutes = serializers.IntegerField(help_text="Of open periods too.")
    used_money = serializers.DecimalField(max_digits=15, decimal_places=3, help_text="Rounded once, over all that was used.")
    given_by = PersonNamed()
    given_at = serializers.DateTimeField()
    revoked_by = PersonNamed(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    kept_minutes = serializers.IntegerField(allow_null=True, help_text="What was used when it was taken back, and stays authorised.")

    @classmethod
    def complete(cls, rows: list[Shaped]) -> list[Shaped]:
        retainers = Engagement.objects.filter(pk__in={row["engagement"] for row in rows})
        used = {each.given.pk: each for retainer in retainers for each in overs_of(retainer).consents}
        return [row | {name: getattr(used[row["id"]], name) for name in cls.added} for row in rows]


class AuthorisationSerializer(StrictSerializer):
    """A yes with a limit: minutes, money or both."""

    minutes_cap = serializers.IntegerField(min_value=1, max_value=1_000_000, required=False, allow_null=True)
    money_cap = serializers.DecimalField(max_digits=13, decimal_places=3, min_value=Decimal("0.001"), required=False, allow_null=True)
    valid_until = serializers.DateField(required=False, allow_null=True, help_text="The first day whose work it no longer covers.")
    note = serializers.CharField(max_length=200, required=False, allow_blank=True)
    waiting_in = VisibleTo(
        Period,
        required=False,
        allow_null=True,
        help_text="An open period of the engagement: the yes is then to what waits in it and to nothing more, so that what is left of its"
        " limits covers no later work, and sent twice the second is refused.",
    )


class WaitingLineRow(Row):
    """Minutes of one rate."""

    rate = serializers.DecimalField(max_digits=11, decimal_places=3, allow_null=True, help_text="An hour; null for who reads no money.")
    minutes = serializers.IntegerField()
    amount = serializers.DecimalField(max_digits=15, decimal_places=3, allow_null=True)


class WaitingRow(Row):
    """Minutes of one period that nobody authorised: not billed until somebody of the client says yes."""

    period = serializers.UUIDField()
    minutes = serializers.IntegerField()
    amount = serializers.DecimalField(
        max_digits=15, decimal_places=3, allow_null=True, help_text="Null for who reads no money, and where no rate was agreed."
    )
    currency = serializers.CharField()
    lines = WaitingLineRow(many=True)
    declined_at = serializers.DateTimeField(
        allow_null=True, help_text="When the client said no to all that waits; null once it was asked anew or more waits."
    )


class RefusalSerializer(StrictSerializer):
    """A no, bound to what was read."""

    minutes = serializers.IntegerField(
        min_value=1,
        max_value=1_000_000,
        required=False,
        allow_null=True,
        help_text="The minutes that you read as waiting: where others wait by now, nothing is declined. Left out, all that wait now.",
    )


class LateConsentSerializer(StrictSerializer):
    minutes = serializers.IntegerField(
        min_value=1, max_value=1_000_000, required=False, allow_null=True, help_text="All that wait where it is left out."
    )


class LateConsentRow(Row):
    """What a yes after the close made: a charge for each rate, billed with the open period."""

    period = serializers.UUIDField()
    charges = ChargeRow(many=True)


class AuthorisationsViewSet(OfEngagement):
    """What a client authorised beyond the hours of one engagement, or of the pool it draws on."""

    resource = "periods"
    queryset = Authorisation.objects.none()
    row_class = AuthorisationRow
    serializer_class = AuthorisationSerializer
    expandable = {"given_by": PersonViewSet, "revoked_by": PersonViewSet}

    def get_queryset(self) -> QuerySet[Any]:
        engagement = self.engagement
        return Authorisation.objects.visible_to(self.actor).filter(engagement=engagement.draws_on_id or engagement.pk)

    @extend_schema(responses={201: AuthorisationRow})
    def create(self, request: Request, engagement_id: UUID) -> Response:
        """Say yes as an approver or owner of the client, within your limit. The firm asks for it and never gives it."""
        given = authorise_overage(actor=self.actor, engagement=self.engagement, **self.body(AuthorisationSerializer))
        return self.created(given, f"authorisations/{given.pk}")


class AuthorisationViewSet(ActorViewSet):
    """One yes to hours over."""

    resource = "periods"
    queryset = Authorisation.objects.none()
    row_class = AuthorisationRow
    expandable = {"given_by": PersonViewSet, "revoked_by": PersonViewSet}

    def get_queryset(self) -> QuerySet[Authorisation]:
        return Authorisation.objects.visible_to(self.actor)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Take it back from now on. What was used of it stays authorised, and the object says so from then on."""
        revoke_authorisation(actor=self.actor, authorisation=self.thing(pk))
        return Response(status=status.HTTP_204_NO_CONTENT)


class PeriodOverageView(ActorViewSet):
    """What of one period waits for a yes, and the yes that comes after the close."""

    resource = "periods"
    queryset = Period.objects.none()
    row_class = WaitingRow

    def get_queryset(self) -> QuerySet[Period]:
        return Period.objects.visible_to(self.actor).select_related("engagement")

    @extend_schema(operation_id="periods_authorisation_read", responses=WaitingRow)
    def read(self, request: Request, pk: UUID) -> Response:
        """The minutes that wait, of an open period or of a closed one, by rate."""
        return self._told(waiting_of(self.thing(pk)))

    @extend_schema(operation_id="periods_authorisation", request=LateConsentSerializer, responses=LateConsentRow)
    def authorise(self, request: Request, pk: UUID) -> Response:
        """Say yes to what a closed period left unauthorised. For an open one post to the authorisations of its engagement."""
        period = self.thing(pk)
        charges = authorise_closed_overage(actor=self.actor, period=period, **self.body(LateConsentSerializer))
        return Response({"period": period.pk, "charges": [ChargeRow.of(charge) for charge in charges]})

    @extend_schema(operation_id="periods_authorisation_request", request=NothingSerializer, responses=WaitingRow)
    def ask(self, request: Request, pk: UUID) -> Response:
        """Ask those of the client who may say yes to so much, by notice and mail, at most once a day."""
        period = self.thing(pk)
        self.body(NothingSerializer)
        return self._told(ask_overage(actor=self.actor, period=period))

    @extend_schema(operation_id="periods_authorisation_refusal", request=RefusalSerializer, responses=WaitingRow)
    def decline(self, request: Request, pk: UUID) -> Response:
        """Say no to what waits, as an approver or owner: it is not billed, and the firm may ask again after a day."""
        period = self.thing(pk)
        return self._told(decline_overage(actor=self.actor, period=period, **self.body(RefusalSerializer)))

    def _told(self, waiting: Waiting) -> Response:
        reads = may_see_money(self.actor)
        lines = [
            {
                "rate": rate if reads else None,
                "minutes": minutes,
                "amount": amount if reads else None,
            }
            for rate, minutes, amount in waiting.lines
        ]
        period = waiting.period
        amount = waiting.amount if reads else None
        no = noes_to(self.actor, [waiting]).get(period.pk) if waiting.minutes else None
        told = {"period": period.pk, "minutes": waiting.minutes, "amount": amount, "currency": period.engagement.currency, "lines": lines}
        return Response(told | {"declined_at": no.at if no else None})
