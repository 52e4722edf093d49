"""The outbox: rows claimed one at a time with SKIP LOCKED and a lease, so that no worker's death loses or repeats a row.

A worker that dies between the mail server's yes and noting it leaves a row whose lease runs out: the mail goes out again
under the same Message-ID, by which readers' programs know it as the same. Neither a row nor a mail is ever lost.
"""

import datetime as dt
import smtplib
from dataclasses import dataclass
from email.utils import formataddr, parseaddr

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Count, Min, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.actors import Actor
from accounts.errors import Conflict, NotAllowed
from accounts.models import Firm, User
from events import policies
from events.actions.recording import record
from events.actions.telling import ring
from events.links import path_to
from events.models import Delivery
from figures.colours import accent

log = structlog.get_logger(__name__)

ATTEMPTS = 10
FIRST_WAIT = dt.timedelta(seconds=20)
LINK_LABELS = {"person.invited": gettext_noop("Sign in to %(firm)s"), "": gettext_noop("Open in %(firm)s")}
LONGEST_WAIT = dt.timedelta(hours=6)  # all ten attempts take 26 hours, so that a mail server may be away for a day


@dataclass(frozen=True, slots=True)
class OutboxState:
    """How the outbox stands: rows that wait, seconds since the oldest of them was written (0 without any), rows given up."""

    waiting: int
    oldest_seconds: float
    given_up: int


def outbox_state() -> OutboxState:
    """One look at the outbox, for metrics and doctor. Needs the system's scope."""
    waits = Delivery.objects.filter(is_waiting=True).aggregate(rows=Count("pk"), oldest=Min("created_at"))
    oldest_seconds = (timezone.now() - waits["oldest"]).total_seconds() if waits["oldest"] else 0.0
    return OutboxState(waits["rows"], max(0.0, oldest_seconds), Delivery.objects.given_up().count())


def drain(*, at_most: int = 500) -> int:
    """Send what waits, until nothing is due or `at_most` were tried; how many were tried.

    A row that fails waits longer each time and never holds up the next one. A mail server that does not answer at all ends
    the drain, so that the other rows keep their attempts for when it does. Needs the system's scope.
    """
    for tried in range(at_most):
        delivery = _claim()
        if delivery is None:
            return tried
        if not _carry_out(delivery):
            return tried + 1
    return at_most


@transaction.atomic
def _claim() -> Delivery | None:
    now = timezone.now()
    waiting = Delivery.objects.waiting(now).order_by("due_at").select_for_update(skip_locked=True, of=("self",), no_key=True)
    delivery = waiting.first()
    if delivery is not None:
        delivery.leased_until = now + dt.timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)
        delivery.attempts += 1
        delivery.save(update_fields=["leased_until", "attempts"])
    return delivery


def _carry_out(delivery: Delivery) -> bool:
    """Send one row and note what came of it; whether the next one may be tried right away."""
    try:
        _refuse_the_deadly(delivery)
        _send_mail(delivery)
    except Exception as error:  # noqa: BLE001 (one bad row never blocks the next; what went wrong is kept on the row)
        _note_failure(delivery, error)
        return not _is_nobody_there(error)
    Delivery.objects.filter(pk=delivery.pk, is_waiting=True).update(
        sent_at=timezone.now(), is_waiting=False, leased_until=None, last_error=""
    )
    return True


def _refuse_the_deadly(delivery: Delivery) -> None:
    if delivery.attempts > ATTEMPTS:
        raise RuntimeError("Every worker that took this row died before it could say why.")


def _is_nobody_there(error: Exception) -> bool:
    """Whether the failure is the mail server's (or the disk's), so that the next row would meet it too."""
    if isinstance(error, smtplib.SMTPException):
        return isinstance(error, smtplib.SMTPServerDisconnected | smtplib.SMTPConnectError | smtplib.SMTPAuthenticationError)
    return isinstance(error, OSError)


def _note_failure(delivery: Delivery, error: Exception) -> None:
    log.warning("a delivery failed", delivery=str(delivery.pk), attempt=delivery.attempts, error=type(error).__name__)
    # Whoever outlived their lease may note a success, but no longer a failure: the row is in other hands.
    ours = Delivery.objects.filter(pk=delivery.pk, is_waiting=True, attempts=delivery.attempts)
    said = f"{type(error).__name__}: {error}"[:300]
    now = timezone.now()
    if delivery.attempts >= ATTEMPTS:
        ours.update(given_up_at=now, is_waiting=False, leased_until=None, last_error=said)
    else:
        ours.update(due_at=now + wait_after(delivery.attempts), leased_until=None, last_error=said)


def wait_after(attempts: int) -> dt.timedelta:
    """How long a row rests after so many failed attempts: 20 s, then four times longer each time, six hours at most."""
    return min(FIRST_WAIT * int(4 ** (attempts - 1)), LONGEST_WAIT)


def _send_mail(delivery: Delivery) -> None:
    notice = delivery.notice
    user = User.objects.filter(person_id=notice.person_id, is_active=True).select_related("person").first()
    if user is None:
        raise LookupError("Nobody signs in as this person any more, so there is no address to write to.")
    firm = Firm.objects.the()
    door = "workspace" if user.person.is_staff else "portal"
    with translation.override(user.person.language):
        context = {
            "firm_name": firm.name,
            "logo_url": settings.PUBLIC_URL + reverse("logo", args=[firm.logo_id]) if firm.logo_id else "",
            "accent": accent(firm.hue),
            "subject": notice.subject,
            "greeting": _("Hello %(name)s,") % {"name": user.person.first_name},
            "sentences": notice.sentences,
            "facts": notice.facts,
            "meter_percent": notice.meter_percent,
            "link_url": settings.PUBLIC_URL + path_to(notice.about_type, notice.about_id, door=door),
            "link_label": _(LINK_LABELS.get(notice.kind, "Open in %(firm)s")) % {"firm": firm.name},
            "preferences_url": settings.PUBLIC_URL + path_to("events.noticechoice", notice.person_id, door=door),
            "footer_reason": _("You get this because you work with %(firm)s on this.") % {"firm": firm.name},
        }
        mail = EmailMultiAlternatives(
            subject=notice.subject,
            body=render_to_string("events/notice.txt", context),
            from_email=sender(firm),
            to=[user.email],
            headers={"Message-ID": delivery.message_id, "Auto-Submitted": "auto-generated"},
        )
        mail.attach_alternative(render_to_string("events/notice.html", context), "text/html")
    mail.send()


def sender(firm: Firm) -> str:
    """Who mail comes from: the firm by the name it chose, at the address of this installation."""
    return formataddr((firm.sender, parseaddr(settings.EMAIL_FROM)[1]))


@transaction.atomic
def send_again(*, actor: Actor, delivery: Delivery) -> None:
    """Put a delivery that was given up back into the outbox, under its old Message-ID. Raises NotAllowed; Conflict for any other."""
    _permit(actor)
    if not _put_back(Delivery.objects.filter(pk=delivery.pk)):
        raise Conflict(_("This was put on its way meanwhile."))
    record("delivery.sent_again", actor=actor, about=delivery, is_public=False)


@transaction.atomic
def send_all_again(*, actor: Actor) -> int:
    """Put everything that was given up at the clients the actor sees back into the outbox; how much. Raises NotAllowed."""
    _permit(actor)
    given_up = list(Delivery.objects.visible_to(actor).given_up().select_for_update(no_key=True, of=("self",)))
    for delivery in given_up:
        record("delivery.sent_again", actor=actor, about=delivery, is_public=False)
    return _put_back(Delivery.objects.filter(pk__in=[delivery.pk for delivery in given_up]))


def _permit(actor: Actor) -> None:
    if not policies.may_send_again(actor):
        raise NotAllowed(_("Only admins send again what did not arrive."))


def _put_back(deliveries: QuerySet[Delivery]) -> int:
    put_back = deliveries.exclude(given_up_at=None).update(
        given_up_at=None, is_waiting=True, attempts=0, due_at=timezone.now(), last_error=""
    )
    transaction.on_commit(ring)
    return put_back
