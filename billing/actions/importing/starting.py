"""Files handed over to be imported: kept as they are, carried out by the workers."""

from collections.abc import Sequence
from pathlib import PurePath
from uuid import uuid4

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import scope
from accounts.actors import Actor
from accounts.errors import Conflict, DomainError, NotAllowed
from accounts.models import Firm
from billing import policies
from billing.actions.importing.texts import line_of
from billing.models import ImportFile, ImportRun, SavedMapping
from billing.models.importing import LONGEST_MAPPING
from billing.rules.importing import BadMapping, parse_mapping, shipped, shipped_path
from events.actions import record
from events.actions.telling import bell

MOST_FILES = 8
LONGEST_NAME = 80
LONGEST_COLUMN = 120
LONGEST_FILE_NAME = 200  # bytes, so that every file system takes it
TASK = "billing.tasks.carry_out_imports"


class FilesRefused(DomainError):
    """There are none, too many, or two of one name."""

    code = "files-refused"


class MappingUnknown(DomainError):
    """Nobody saved a mapping of this name, and none ships."""

    code = "mapping-unknown"


def mapping_names(actor: Actor) -> list[str]:
    """The mappings an import may name: those that ship, then the firm's own."""
    return [*shipped(), *SavedMapping.objects.visible_to(actor).order_by("name").values_list("name", flat=True)]


def mapping_text(name: str) -> str:
    """The text of a mapping that ships, or of one the firm saved. Raises MappingUnknown."""
    if name in shipped():
        return shipped_path(name).read_text("utf-8")
    saved = SavedMapping.objects.filter(name=name).first()
    if saved is None:
        raise MappingUnknown(_("There is no mapping of this name."), field="mapping", known=", ".join(shipped()))
    return saved.text


@transaction.atomic
def save_mapping(*, actor: Actor, text: str) -> SavedMapping:
    """Keep a mapping under the name in its text, in place of the one that had it. Raises NotAllowed, BadMapping, Conflict."""
    _refuse_others(actor)
    if len(text) > LONGEST_MAPPING:
        raise BadMapping(_("A mapping has at most 65,536 characters."), field="text")
    mapping = parse_mapping(text, zone=Firm.objects.the().time_zone)
    if mapping.name in shipped():
        raise Conflict(_("A mapping of this name ships with Tend. Give yours another name."), field="text")
    if not 0 < len(mapping.name) <= LONGEST_NAME or line_of(mapping.name, LONGEST_NAME) != mapping.name:
        raise BadMapping(_("A mapping's name is one line of at most 80 characters."), field="text", place="name")
    now, person = timezone.now(), actor.person_id
    values = {"text": text, "person_id": person, "updated_at": now}
    saved, _made = SavedMapping.objects.update_or_create(name=mapping.name, defaults=values)
    record("mapping.saved", actor=actor, about=saved, is_public=False)
    return saved


@transaction.atomic
def forget_mapping(*, actor: Actor, mapping: SavedMapping) -> None:
    """Remove a mapping that the firm saved. Imports go on: each keeps the text it began with. Raises NotAllowed."""
    _refuse_others(actor)
    record("mapping.forgotten", actor=actor, about=mapping, is_public=False, mapping=mapping.name)
    with scope.system("forget a mapping"):
        SavedMapping.objects.filter(pk=mapping.pk).delete()


@transaction.atomic
def start_import(*, actor: Actor, files: Sequence["File[bytes]"], mapping: str, dry_run: bool, undated: str = "") -> ImportRun:
    """Keep the files and let the workers import them, or with `dry_run` only try to.

    `mapping` names one that ships or was saved. Raises NotAllowed, FilesRefused, MappingUnknown, BadMapping.
    """
    _refuse_others(actor)
    names = [_name_of(file) for file in files]
    if not 0 < len(names) <= MOST_FILES:
        raise FilesRefused(_("Choose one to eight files."), field="file")
    if len(set(names)) < len(names):
        raise FilesRefused(_("Two files have the same name."), field="file")
    text, zone = mapping_text(mapping), Firm.objects.the().time_zone
    reading = parse_mapping(text, zone=zone)
    run = ImportRun(mapping_name=reading.name, mapping_text=text, zone=zone, undated=undated, is_dry=dry_run)
    folder = f"imports/{uuid4()}"
    kept = [
        (name, file.size, default_storage.save(f"{folder}/{number}", file))
        for number, (name, file) in enumerate(zip(names, files, strict=True))
    ]
    return _begin(run, kept, actor)


@transaction.atomic
def import_tried(*, actor: Actor, run: ImportRun) -> ImportRun:
    """Import for good what was tried: the same files, read the same way. Raises NotAllowed, Conflict while the trial runs."""
    _refuse_others(actor)
    if not run.is_dry or run.state != ImportRun.State.DONE:
        raise Conflict(_("Only a trial that is done can be imported."))
    real = ImportRun(mapping_name=run.mapping_name, mapping_text=run.mapping_text, zone=run.zone, undated=run.undated, is_dry=False)
    return _begin(real, [(file.name, file.size_bytes, file.place) for file in run.files.order_by("pk")], actor)


def _begin(run: ImportRun, files: Sequence[tuple[str, int, str]], actor: Actor) -> ImportRun:
    run.person_id = actor.person_id
    run.save(force_insert=True)
    for name, size, place in files:
        ImportFile.objects.create(run=run, name=name, size_bytes=size, place=place)
    record("import.started", actor=actor, about=run, is_public=False, mapping=run.mapping_name, is_dry=run.is_dry)
    transaction.on_commit(_ring)
    return run


def _ring() -> None:
    bell.ring(TASK)


def _refuse_others(actor: Actor) -> None:
    if not policies.may_import_time(actor):
        raise NotAllowed(_("Only admins import time."))


def _name_of(file: "File[bytes]") -> str:
    """The name alone, without folders and what no file system takes."""
    name = " ".join(PurePath((file.name or "").replace("\\", "/").replace("\x00", "")).name.split())
    name = name.encode()[-LONGEST_FILE_NAME:].decode(errors="ignore")
    return name if name.strip(".") else "file.csv"
