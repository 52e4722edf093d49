"""API keys: made, found at the door, revoked."""

import datetime as dt
import secrets
import string
from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID
from zlib import crc32

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import policies, scope
from accounts.actions.doors import shut
from accounts.actions.people import actor_of_person
from accounts.actors import Actor, MemberRole, StaffRole
from accounts.errors import Conflict, NotAllowed
from accounts.models import ApiKey, Client, Person
from events.actions import record
from events.models import Event

PREFIX = "tend_live_"
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
# Of every request by key, so it is one statement and no model: the key must be live, its person there and signed in by somebody
# active, of the firm or a member of the very client that the key is bound to.
WHOM_A_KEY_ACTS_FOR = """
SELECT k.id, k.client_id, k.scopes, k.last_used_at IS NULL OR k.last_used_at < clock_timestamp() - interval '1 minute',
       p.id, p.name, p.staff_role, p.time_zone, m.roles
FROM accounts_apikey k
JOIN accounts_person p ON p.id = k.person_id AND p.left_at IS NULL
JOIN accounts_user u ON u.person_id = p.id AND u.is_active
LEFT JOIN accounts_membership m ON m.person_id = p.id AND m.client_id = k.client_id AND m.ended_at IS NULL AND p.staff_role = ''
WHERE k.digest = %s AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())
  AND (p.staff_role <> '' OR m.id IS NOT NULL)
"""
BOTH_OPEN_FOR = dt.timedelta(days=7)
LONGEST_LIFE = dt.timedelta(days=3653)


def _checksum(body: str) -> str:
    value, digits = crc32(body.encode()), ""
    for _place in range(6):
        value, digit = divmod(value, 62)
        digits = ALPHABET[digit] + digits
    return digits


def new_secret() -> str:
    """`tend_live_`, 30 random characters of base 62, and 6 of their CRC-32, by which a scanner knows a real key."""
    body = "".join(secrets.choice(ALPHABET) for _place in range(30))
    return PREFIX + body + _checksum(body)


def looks_like_key(secret: str) -> bool:
    body = secret.removeprefix(PREFIX)
    return secret.startswith(PREFIX) and len(body) == 36 and body[30:] == _checksum(body[:30])


@transaction.atomic
def issue_key(
    *,
    actor: Actor,
    person: Person,
    name: str,
    scopes: Iterable[str],
    client: Client | None = None,
    expires_at: dt.datetime | None = None,
) -> tuple[ApiKey, str]:
    """Make a key that acts for a person, and give its secret: the only time it is ever seen.

    Raises NotAllowed; Conflict for an unknown scope, for a person who is not of the client the key is bound to, and for an end that
    is over or further away than ten years.
    """
    if not policies.may_issue_key(actor, client_id=client.pk if client else None):
        raise NotAllowed(_("You may make keys for yourself; a client's keys are made by its owner."))
    if not actor.is_system and not actor.administers and person.pk != actor.person_id:
        raise NotAllowed(_("Only admins make keys that act for somebody else."))
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in policies.SCOPES]
    if unknown or not wanted:
        raise Conflict(_("Choose scopes from: %(scopes)s.") % {"scopes": ", ".join(policies.SCOPES)}, field="scopes")
    if actor_of_person(person, client_id=client.pk if client else None) is None:
        raise Conflict(_("%(name)s does not speak for that client.") % {"name": person.name}, field="client")
    _hold_to_a_life(expires_at)
    secret = new_secret()
    with scope.system("issue a key"):  # a client's people may only read keys
        key = ApiKey.objects.create(
            person=person,
            client=client,
            name=name,
            prefix=secret[:14],
            digest=sha256(secret.encode()).digest(),
            scopes=wanted,
            expires_at=expires_at,
        )
    record("key.issued", actor=actor, about=key, client_id=key.client_id, scopes=wanted)
    return key, secret


def _hold_to_a_life(expires_at: dt.datetime | None) -> None:
    now = timezone.now()
    if expires_at is not None and expires_at <= now:
        raise Conflict(_("That is over already. Choose a later end, or none."), field="expires_at")
    if expires_at is not None and expires_at > now + LONGEST_LIFE:
        raise Conflict(_("A key lives ten years at most. Choose an earlier end, or none."), field="expires_at")


def actor_of_key(secret: str) -> Actor | None:
    """Whom a key acts for, or None for whatever opens no door. Looked up by digest, as the door."""
    if not looks_like_key(secret):
        return None
    with connection.cursor() as cursor:
        cursor.execute(WHOM_A_KEY_ACTS_FOR, [sha256(secret.encode()).digest()])
        row = cursor.fetchone()
    if row is None:
        return None
    found = _Held(*row)
    if found.is_to_be_noted:
        ApiKey.objects.filter(pk=found.key_id).update(last_used_at=Now())
    return Actor(
        name=found.name,
        person_id=found.person_id,
        client_id=found.client_id,
        staff_role=StaffRole(found.staff_role) if found.staff_role else None,
        member_roles=frozenset() if found.staff_role else frozenset(MemberRole(role) for role in found.roles),
        key_id=found.key_id,
        scopes=frozenset(found.scopes),
        time_zone=found.time_zone,
    )


class _Held(NamedTuple):
    """The one row that the door reads for a key."""

    key_id: UUID
    client_id: UUID | None
    scopes: list[str]
    is_to_be_noted: bool
    person_id: UUID
    name: str
    staff_role: str
    time_zone: str
    roles: list[str]


@transaction.atomic
def rotate_key(*, actor: Actor, key: ApiKey, expires_at: dt.datetime | None = None) -> tuple[ApiKey, str]:
    """Make the key that follows a live one, and give its secret; the old one opens the door for 7 days more.

    The new key may do what the old one may, and lives as long from now as that one was to, unless `expires_at` says otherwise.
    Raises NotAllowed; Conflict for a key that is revoked, expired or was rotated before, and for an end as issue_key refuses it.
    """
    if not policies.may_rotate_key(actor, key):
        raise NotAllowed(_("You may rotate your own keys; admins every key."))
    now = timezone.now()
    with scope.system("rotate a key"):
        old = (
            ApiKey.objects.live(now)
            .select_for_update(no_key=True, of=("self",))
            .select_related("person", "client")
            .filter(pk=key.pk)
            .first()
        )
        if old is None or Event.objects.about(key).filter(kind="key.rotated").exists():
            raise Conflict(_("This key was revoked, has expired, or was rotated before. Make a new one."))
    lifetime = old.expires_at - old.created_at if old.expires_at else None
    fresh = issue_key(
        actor=actor,
        person=old.person,
        name=old.name,
        scopes=policies.as_offered(old.scopes),
        client=old.client,
        expires_at=expires_at or (now + lifetime if lifetime else None),
    )
    old.expires_at = min(old.expires_at or now + BOTH_OPEN_FOR, now + BOTH_OPEN_FOR)
    with scope.system("rotate a key"):
        old.save(update_fields=["expires_at"])
    record("key.rotated", actor=actor, about=old, client_id=old.client_id, to=str(fresh[0].pk))
    return fresh


@transaction.atomic
def revoke_key(*, actor: Actor, key: ApiKey) -> None:
    """Close the door to a key, at once and for ever."""
    if not policies.may_revoke_key(actor, key):
        raise NotAllowed(_("You may revoke your own keys, owners those of their company, admins every key."))
    shut([key], actor=actor)
