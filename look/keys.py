"""Keys for programs, as both doors show them."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from django import forms
from django.utils import timezone
from django.utils.translation import gettext

from accounts.actors import Actor
from accounts.errors import DomainError
from accounts.models import ApiKey
from accounts.policies import may_revoke_key


class KeyRow(NamedTuple):
    """A key, how it stands (live, expired or revoked), and whether the reader may revoke it."""

    key: ApiKey
    standing: str
    may_revoke: bool


def key_rows(actor: Actor, keys: Iterable[ApiKey]) -> list[KeyRow]:
    now = timezone.now()
    return [KeyRow(key, standing_of(key, now), may_revoke_key(actor, key) and key.revoked_at is None) for key in keys]


def standing_of(key: ApiKey, now: dt.datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= now else "live"


def refuse(form: forms.Form, error: DomainError) -> None:
    """Show the sentence of a broken rule at its field, or above the form. A form asks for the day on which a key ends."""
    field = "expires_on" if error.field == "expires_at" else error.field
    form.add_error(field if field in form.fields else None, gettext(error.sentence))


def end_of(day: dt.date | None) -> dt.datetime | None:
    """The moment a day ends, in the reader's zone."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time.max)) if day else None
