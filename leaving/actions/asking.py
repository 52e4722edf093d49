"""Kits asked for and fetched: each by somebody, and noted."""

from typing import IO

from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.errors import Conflict, NotAllowed
from accounts.models import Client
from events.actions import record
from events.actions.telling import bell
from leaving import policies
from leaving.models import ExitKit
from leaving.models.nouns import NOUNS

TASK = "leaving.tasks.make_exit_kits"


class KitGone(Conflict):
    """The file of an exit kit is kept for seven days. Ask for a new one."""

    code = "kit-gone"


@transaction.atomic
def ask_exit_kit(*, actor: Actor, client: Client) -> ExitKit:
    """Have all that a client may read of itself made into one file. While one is being made, asking again gives that one.

    Raises NotAllowed.
    """
    if not policies.may_take_out(actor, client):
        raise NotAllowed(_("Only the owners of the client and the firm's leads take all of its data."))
    standing = ExitKit.objects.filter(client=client, ended_at=None)
    kit = standing.first()
    if kit is None:
        try:
            with transaction.atomic():
                kit = ExitKit.objects.create(client=client, person_id=actor.person_id, nouns_total=len(NOUNS))
        except IntegrityError:  # somebody asked in the same moment
            kit = standing.get()
        else:
            record("kit.asked", actor=actor, about=kit)
    transaction.on_commit(_ring)
    return kit


@transaction.atomic
def fetch_exit_kit(*, actor: Actor, kit: ExitKit) -> IO[bytes]:
    """The file, opened; that it was fetched is noted. Raises NotAllowed, KitGone before it is made and after seven days."""
    if not policies.may_fetch(actor, kit.client):
        raise NotAllowed(_("Only the owners of the client and the firm's leads take all of its data."))
    if not kit.is_there:
        raise KitGone(_("The file is not there: it is made first, and kept for seven days."))
    try:
        opened: IO[bytes] = default_storage.open(kit.place, "rb")
    except FileNotFoundError as error:
        raise KitGone(_("The file is not there: it is made first, and kept for seven days.")) from error
    record("kit.fetched", actor=actor, about=kit)
    return opened


def _ring() -> None:
    bell.ring(TASK)
