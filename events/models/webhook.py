import datetime as dt
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, MemberRole
from accounts.models import Client, Keyed, Person, firm_wide
from accounts.wall import ALL, ROWS_OF_THE_CLIENT, THE_CLIENT, Rights
from events.models.event import Event
from events.published import is_for_clients_only, kind_told, published_kinds

# An endpoint that the firm keeps for itself is not shown to the client it listens to: its address may be a secret of its own.
OF_ITS_PEOPLE = f"EXISTS (SELECT FROM accounts_membership m WHERE m.person_id = events_webhook.person_id AND m.client_id = {THE_CLIENT})"
OF_A_SEEN_WEBHOOK = "webhook_id IN (SELECT w.id FROM events_webhook w)"


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def visible_to(self, actor: Actor) -> Self:
        """Admins see every endpoint, a client's owners those of their client's people, everybody else of the firm their own."""
        seen = self if actor.client_id is None else self.filter(client_id=actor.client_id)
        if actor.administers:
            return seen
        if actor.is_member:
            return seen.filter(person__staff_role="") if actor.holds(MemberRole.OWNER) else self.none()
        return seen.filter(person_id=actor.person_id)

    def listening_to(self, event: Event) -> Self:
        """Endpoints that chose this kind of event and are not bound to another client. What is internal is for the firm's only.

        Most events find none, so their people are read only where there are some.
        """
        bound = models.Q(pk__in=[]) if is_for_clients_only(event.kind) else models.Q(client=None)
        if event.client_id is not None and event.is_public:
            bound |= models.Q(client_id=event.client_id)
        return self.filter(bound, disabled_at=None, kinds__contains=[kind_told(event.kind)]).fetch_mode(models.FETCH_PEERS)


@firm_wide("an endpoint of the firm has no client; one bound to a client carries it and is shown to that client's owners only")
class Webhook(Keyed):
    """Where a program outside is told of events. It acts for a named person, who decides by what they see what it hears.

    Of its secret only a seed is kept, which signs nothing without the key of this installation.
    """

    class Disabled(models.TextChoices):
        BY_HAND = "by_hand", _("by hand")
        GONE = "gone", _("the receiver answered 410 Gone")
        LEFT = "left", _("the person it acts for is here no more")

    person = models.ForeignKey(Person, models.CASCADE, related_name="webhooks")
    client = models.ForeignKey(Client, models.CASCADE, null=True, blank=True, related_name="+")
    url = models.CharField(_("address"), max_length=500)
    description = models.CharField(_("description"), max_length=120, blank=True)
    kinds = ArrayField(models.CharField(max_length=60), verbose_name=_("events"))
    seed = models.BinaryField(max_length=32)
    former_seed = models.BinaryField(max_length=32, null=True, blank=True)
    former_until = models.DateTimeField(null=True, blank=True)
    resting_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_reason = models.CharField(max_length=12, blank=True, choices=Disabled.choices)

    objects = WebhookQuerySet.as_manager()

    rights = Rights(portal="select", staff="select", system=ALL, portal_sees=f"{ROWS_OF_THE_CLIENT} AND {OF_ITS_PEOPLE}")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(disabled_at=None, disabled_reason="")
                | (models.Q(disabled_at__isnull=False) & ~models.Q(disabled_reason="")),
                name="a_disabled_webhook_says_why",
            ),
            models.CheckConstraint(condition=models.Q(kinds__len__gt=0), name="a_webhook_listens_to_something"),
        ]

    def __str__(self) -> str:
        return self.description or self.url

    def seeds(self, now: dt.datetime) -> list[bytes]:
        """The seeds of the secrets that are live: the present one, and during a rotation the former."""
        former = [self.former_seed] if self.former_seed is not None and self.former_until is not None and now < self.former_until else []
        return [bytes(seed) for seed in (self.seed, *former)]


class WebhookMessageQuerySet(models.QuerySet["WebhookMessage"]):
    def visible_to(self, actor: Actor) -> Self:
        """Messages of the endpoints an actor sees; to a key only what it may read itself."""
        hidden = [kind for kind, published in published_kinds().items() if not actor.may_use(f"{published.resource}:read")]
        return self.filter(webhook__in=Webhook.objects.visible_to(actor)).exclude(kind__in=hidden)

    def waiting(self, now: dt.datetime) -> Self:
        """Messages that may go out now: due, in nobody's hands, and the oldest of their object that still waits.

        What was never tried leaves alone a receiver that just did not answer at all.
        """
        older = WebhookMessage.objects.filter(
            webhook=models.OuterRef("webhook"),
            about_id=models.OuterRef("about_id"),
            is_waiting=True,
            in_turn=True,
            pk__lt=models.OuterRef("pk"),
        )
        resting = models.Q(attempts=0, webhook__resting_until__gt=now)
        due = self.filter(is_waiting=True, due_at__lte=now, webhook__disabled_at=None).exclude(leased_until__gt=now).exclude(resting)
        return due.exclude(models.Q(in_turn=True) & models.Exists(older))

    def given_up(self) -> Self:
        return self.exclude(given_up_at=None)


def state_of(is_waiting: bool, delivered_at: dt.datetime | None) -> str:
    """What became of a message, from two of its columns: waiting, delivered or given_up."""
    return "waiting" if is_waiting else "given_up" if delivered_at is None else "delivered"


@firm_wide("of its endpoint: without a client where that is the firm's own, else shown to the owners of its client")
class WebhookMessage(Keyed):
    """What one endpoint is told of one event, written in the event's transaction. Celery only carries it out.

    `body` is signed and sent as it stands, as often as it is sent; without an event it is a test. It is empty, and never sent
    again, where the client came to read less than it tells.
    """

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="messages")
    client = models.ForeignKey(Client, models.CASCADE, null=True, blank=True, related_name="+")
    event = models.ForeignKey(Event, models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=60)
    about_id = models.UUIDField()
    body = models.TextField()
    in_turn = models.BooleanField(default=True)
    is_waiting = models.BooleanField(default=True)
    due_at = models.DateTimeField(db_default=Now())
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    delivered_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)

    objects = WebhookMessageQuerySet.as_manager()

    rights = Rights(portal="select", staff="select", system=ALL, portal_sees=f"{ROWS_OF_THE_CLIENT} AND {OF_A_SEEN_WEBHOOK}")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["webhook", "event"], name="an_endpoint_is_told_of_an_event_once"),
            models.CheckConstraint(
                condition=models.Q(is_waiting=True, delivered_at=None, given_up_at=None)
                | models.Q(is_waiting=False, delivered_at__isnull=False, given_up_at=None)
                | models.Q(is_waiting=False, delivered_at=None, given_up_at__isnull=False),
                name="a_message_waits_until_it_is_delivered_or_given_up",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(is_waiting=True), name="messages_that_wait"),
            models.Index(fields=["webhook", "about_id", "id"], condition=models.Q(is_waiting=True), name="messages_in_their_turn"),
            models.Index(fields=["webhook", "-id"], name="messages_of_a_webhook"),
        ]

    def __str__(self) -> str:
        return self.message_id

    @property
    def message_id(self) -> str:
        """The webhook-id: the same however often it is sent, so that a receiver knows a copy."""
        return f"msg_{self.pk.hex}"

    @property
    def is_blank(self) -> bool:
        return not self.body

    @property
    def state(self) -> str:
        return state_of(self.is_waiting, self.delivered_at)


class WebhookAttemptQuerySet(models.QuerySet["WebhookAttempt"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(message__in=WebhookMessage.objects.visible_to(actor))


@firm_wide("of its message: without a client where that is the firm's own, else shown to the owners of its client")
class WebhookAttempt(Keyed):
    """One attempt to deliver a message, and what came of it. `status` is what the receiver answered, if it answered."""

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="+")
    message = models.ForeignKey(WebhookMessage, models.CASCADE, related_name="tries")
    client = models.ForeignKey(Client, models.CASCADE, null=True, blank=True, related_name="+")
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    duration_ms = models.PositiveIntegerField()
    excerpt = models.CharField(max_length=1000, blank=True, help_text="How the answer begins.")
    error = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(db_default=Now(), editable=False)

    objects = WebhookAttemptQuerySet.as_manager()

    rights = Rights(portal="select", staff="select", system=ALL, portal_sees=f"{ROWS_OF_THE_CLIENT} AND {OF_A_SEEN_WEBHOOK}")

    class Meta:
        indexes = [models.Index(fields=["message", "id"], name="attempts_of_a_message")]
