"""Kits made by the workers, as often as it takes: a crash costs the kit it fell into, which is begun anew."""

import datetime as dt
from hashlib import file_digest
from os import SEEK_END
from tempfile import TemporaryFile
from uuid import UUID

import structlog
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts import scope
from accounts.actions.people import actor_of_person
from accounts.actors import Actor, MemberRole, system
from accounts.errors import DomainError, NotAllowed
from accounts.models import Client
from events.actions import record
from events.actions.telling import bell
from leaving import policies
from leaving.actions.packing import pack
from leaving.models import ExitKit

log = structlog.get_logger(__name__)

LEASE = dt.timedelta(minutes=10)  # renewed by every noun
KEPT_FOR = dt.timedelta(days=7)
MOST_ATTEMPTS = 5
MAKER = system("exit kit")
FORGET = "leaving.tasks.forget_exit_kits"


class LeaseLostError(Exception):
    """Somebody else took over, because this one seemed to be dead."""


def make_exit_kits(*, at_most: int = 20) -> int:
    """Make what was asked for and what a crash left, one after the other; how many. Needs the system's scope."""
    for number in range(at_most):
        kit = _claim()
        if kit is None:
            return number
        try:
            _make(kit)
        except LeaseLostError:
            log.warning("an exit kit was taken over by somebody else", kit=str(kit.pk))
        except DomainError as error:
            _end(kit, state=ExitKit.State.FAILED, failure=error.sentence)
        except Exception:
            log.exception("an exit kit broke off", kit=str(kit.pk), attempt=kit.attempts)  # its lease runs out, and it is begun anew
    return at_most


@transaction.atomic
def _claim() -> ExitKit | None:
    now = timezone.now()
    kit = ExitKit.objects.due(now).order_by("created_at").select_for_update(skip_locked=True, no_key=True).first()
    if kit is not None:
        kit.state, kit.attempts, kit.leased_until = ExitKit.State.RUNNING, kit.attempts + 1, now + LEASE
        kit.nouns_done, kit.counts = 0, {}
        kit.save(update_fields=["state", "attempts", "leased_until", "nouns_done", "counts"])
    return kit


def _make(kit: ExitKit) -> None:
    _refuse_who_may_no_more(kit)
    level = kit.client.visibility
    reader = Actor(name="exit kit", client_id=kit.client_id, person_id=kit.person_id, member_roles=frozenset({MemberRole.OWNER}))

    def progress(noun: str, rows: int) -> None:
        with scope.system("exit kit"), transaction.atomic():
            kit.nouns_done, kit.counts = kit.nouns_done + 1, kit.counts | {noun: rows}
            _hold(kit, nouns_done=kit.nouns_done, counts=kit.counts, leased_until=timezone.now() + LEASE)

    with TemporaryFile(prefix="tend-exit-kit-") as file:
        with scope.portal(kit.client_id):  # whoever asked, what is read is what the client's owner reads: both walls stand
            pack(file, reader=reader, client_name=kit.client.name, progress=progress)
        size = file.seek(0, SEEK_END)
        file.seek(0)
        digest = file_digest(file, "sha256").hexdigest()
        file.seek(0)
        place = default_storage.save(f"{kit.client_id}/kits/{kit.pk}-{kit.attempts}.zip", File(file))
    try:
        _hand_over(kit, level, place=place, size_bytes=size, digest=digest, expires_at=timezone.now() + KEPT_FOR)
    except LeaseLostError:
        default_storage.delete(place)
        raise


def _refuse_who_may_no_more(kit: ExitKit) -> None:
    """Raises NotAllowed where who asked has lost the right since, DomainError for a kit that never gets through."""
    if kit.attempts > MOST_ATTEMPTS:
        raise DomainError(gettext_noop("It broke off five times. The log of the workers says why."))
    if kit.person is not None:
        actor = actor_of_person(kit.person, client_id=kit.client_id)
        if actor is None or not policies.may_take_out(actor, kit.client):
            raise NotAllowed(gettext_noop("Whoever asked for it may not have it any more."))


def _hold(kit: ExitKit, **values: object) -> None:
    """Write down how far it is, as long as the lease is ours. Raises LeaseLostError."""
    mine = ExitKit.objects.filter(pk=kit.pk, attempts=kit.attempts, state=ExitKit.State.RUNNING)
    if not mine.update(**values):
        raise LeaseLostError


@transaction.atomic
def _hand_over(kit: ExitKit, level: str, **values: object) -> None:
    """Done, unless the client came to read at another level meanwhile: then it is begun anew. Raises LeaseLostError."""
    if Client.objects.select_for_update(no_key=True, of=("self",)).get(pk=kit.client_id).visibility == level:
        _end(kit, state=ExitKit.State.DONE, **values)
        return
    transaction.on_commit(lambda: default_storage.delete(str(values["place"])))
    _hold(kit, state=ExitKit.State.WAITING, leased_until=None)


@transaction.atomic
def _end(kit: ExitKit, **values: object) -> None:
    _hold(kit, ended_at=timezone.now(), leased_until=None, **values)
    record("kit.made" if values.get("place") else "kit.failed", actor=MAKER, about=kit)


def expire_exit_kits(client_id: UUID) -> None:
    """Nobody fetches what was made of a client so far. Whoever wants a file asks anew; the sweep takes the old ones away."""
    with scope.system("exit kit"):
        ExitKit.objects.filter(client_id=client_id).exclude(place="").update(expires_at=timezone.now())
    transaction.on_commit(lambda: bell.ring(FORGET))


def forget_exit_kits() -> int:
    """Take the files away that were kept long enough; how many. Safe to run at any time, twice."""
    gone = 0
    for kit in ExitKit.objects.run_out(timezone.now()).order_by("pk"):
        default_storage.delete(kit.place)
        with transaction.atomic():
            if ExitKit.objects.filter(pk=kit.pk, place=kit.place).update(place=""):
                record("kit.forgotten", actor=MAKER, about=kit)
                gone += 1
    return gone
