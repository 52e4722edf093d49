"""The outbox: rows claimed one at a time with SKIP LOCKED and a lease, so that no worker's death loses or repeats a row."""

import datetime as dt

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import Firm, User
from events.links import path_to
from events.models import Delivery

log = structlog.get_logger(__name__)

LEASE = dt.timedelta(seconds=60)
ATTEMPTS = 10
LONGEST_WAIT = dt.timedelta(hours=6)


def drain(*, at_most: int = 500) -> int:
    """Send what waits, until nothing is due or `at_most` were tried; how many were tried.

    A row that fails waits longer each time and never holds up the next one. Needs the system's scope.
    """
    for tried in range(at_most):
        delivery = _claim()
        if delivery is None:
            return tried
        _carry_out(delivery)
    return at_most


@transaction.atomic
def _claim() -> Delivery | None:
    now = timezone.now()
    waiting = Delivery.objects.waiting(now).order_by("due_at").select_for_update(skip_locked=True, of=("self",), no_key=True)
    delivery = waiting.first()
    if delivery is not None:
        delivery.leased_until = now + LEASE
        delivery.attempts += 1
        delivery.save(update_fields=["leased_until", "attempts"])
    return delivery


def _carry_out(delivery: Delivery) -> None:
    try:
        _send_mail(delivery)
    except Exception as error:  # noqa: BLE001 (one bad row never blocks the next; what went wrong is kept on the row)
        _note_failure(delivery, error)
    else:
        now = timezone.now()
        Delivery.objects.filter(pk=delivery.pk, is_waiting=True).update(sent_at=now, is_waiting=False, leased_until=None, last_error="")


def _note_failure(delivery: Delivery, error: Exception) -> None:
    log.warning("a delivery failed", delivery=str(delivery.pk), attempt=delivery.attempts, error=type(error).__name__)
    waiting = Delivery.objects.filter(pk=delivery.pk, is_waiting=True)
    said = f"{type(error).__name__}: {error}"[:300]
    now = timezone.now()
    if delivery.attempts >= ATTEMPTS:
        waiting.update(given_up_at=now, is_waiting=False, leased_until=None, last_error=said)
    else:
        wait = min(dt.timedelta(seconds=5 * 2**delivery.attempts), LONGEST_WAIT)
        waiting.update(due_at=now + wait, leased_until=None, last_error=said)


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
            "subject": notice.subject,
            "greeting": _("Hello %(name)s,") % {"name": user.person.first_name},
            "sentences": notice.sentences,
            "facts": notice.facts,
            "meter_percent": notice.meter_percent,
            "link_url": settings.PUBLIC_URL + path_to(notice.about_type, notice.about_id, door=door),
            "link_label": _("Open in %(firm)s") % {"firm": firm.name},
            "preferences_url": settings.PUBLIC_URL + "/",
            "footer_reason": _("You get this because you work with %(firm)s on this.") % {"firm": firm.name},
        }
        mail = EmailMultiAlternatives(
            subject=notice.subject,
            body=render_to_string("events/notice.txt", context),
            to=[user.email],
            headers={"Message-ID": delivery.message_id, "Auto-Submitted": "auto-generated"},
        )
        mail.attach_alternative(render_to_string("events/notice.html", context), "text/html")
    mail.send()


@transaction.atomic
def send_again(delivery: Delivery) -> None:
    """Put a delivery that was given up back into the outbox, under its old Message-ID."""
    Delivery.objects.filter(pk=delivery.pk).exclude(given_up_at=None).update(
        given_up_at=None, is_waiting=True, attempts=0, due_at=timezone.now(), last_error=""
    )
