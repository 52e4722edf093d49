"""A kit packed as one zip: every noun as JSON and CSV, files as they were sent, with their SHA-256, in memory that does not grow."""

import json
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

import orjson
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Client
from figures.sheets import Cell, write_csv
from leaving.models.nouns import NOUNS, Noun
from tickets.models import Message, MessageAttachment

CHUNK = 1 << 20
IN_MEMORY = 2 << 20
VERSION = 1
ENDING = 40  # of a file's name, so that paths stay short enough for every system
OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
_UNSAFE = re.compile(r"[^\w.\- ]")
Progress = Callable[[str, int], None]


class Hashed:
    """A file being written, and what is known of it afterwards."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.digest, self.size = file, sha256(), 0

    def write(self, content: bytes) -> int:
        self.digest.update(content)
        self.size += len(content)
        return self.file.write(content)


@dataclass(slots=True)
class Packing:
    """A zip as it is filled, and the list of what is in it."""

    zip: ZipFile
    packed: list[dict[str, Any]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @contextmanager
    def member(self, path: str, **known: Any) -> Iterator[Hashed]:
        with self.zip.open(path, "w", force_zip64=True) as file:
            hashed = Hashed(file)
            yield hashed
        self.packed.append({"path": path, "bytes": hashed.size, "sha256": hashed.digest.hexdigest(), **known})


def pack(file: IO[bytes], *, reader: Actor, client_name: str, progress: Progress) -> dict[str, int]:
    """Fill a zip with all that the reader sees, and give the number of rows by noun. Call it in the reader's scope.

    `progress` is told of each noun when it is done. Each noun is as it was when it was read: what is written meanwhile may be
    in a later noun and not in an earlier one.
    """
    counts: dict[str, int] = {}
    level = Client.objects.visible_to(reader).get().visibility
    with ZipFile(file, "w", ZIP_DEFLATED, allowZip64=True) as archive:
        packing = Packing(archive)
        for noun in NOUNS:
            with transaction.atomic():  # of its own, so that no noun is held open for the next
                counts[noun.name] = _pack_noun(packing, noun, reader, level)
                if noun.model is MessageAttachment:
                    _pack_files(packing, reader)
            progress(noun.name, counts[noun.name])
        _pack_words(packing, client_name, counts)
    return counts


def _pack_noun(packing: Packing, noun: Noun, reader: Actor, level: str) -> int:
    """One pass over the rows writes both: JSON straight into the zip, CSV beside it and then after it."""
    number = 0
    with SpooledTemporaryFile(IN_MEMORY) as table:
        with packing.member(f"data/{noun.name}.json") as lines:

            def cells() -> Iterator[Sequence[Cell]]:
                nonlocal number
                for row in noun.rows(reader, level):
                    lines.write(b",\n" if number else b"[\n")
                    lines.write(orjson.dumps(dict(zip(noun.columns, row, strict=True)), default=str, option=OPTIONS))
                    number += 1
                    yield [_cell(value) for value in row]

            write_csv(table, list(noun.columns), cells())
            lines.write(b"\n]\n" if number else b"[]\n")
        table.seek(0)
        with packing.member(f"data/{noun.name}.csv") as copy:
            shutil.copyfileobj(table, copy, CHUNK)
    packing.packed[-1]["rows"] = packing.packed[-2]["rows"] = number
    return number


def _cell(value: Any) -> Cell:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value if value is None or isinstance(value, str | bool | int) or hasattr(value, "isoformat") else str(value)


def _pack_files(packing: Packing, reader: Actor) -> None:
    """Every file under the id it has in files.json, as it was sent."""
    for found in (
        MessageAttachment.objects.visible_to(reader)
        .filter(message__in=Message.objects.visible_to(reader))
        .order_by("pk")
        .iterator(chunk_size=100)
    ):
        path = f"files/{found.pk}/{_UNSAFE.sub('_', found.name)[-ENDING:].lstrip('.') or 'file'}"
        try:
            opened = found.file.open("rb")
        except FileNotFoundError:
            packing.missing.append(path)
            continue
        with opened, packing.member(path) as copy:
            shutil.copyfileobj(opened, copy, CHUNK)


def _pack_words(packing: Packing, client_name: str, counts: dict[str, int]) -> None:
    with packing.member("README.txt") as readme:
        readme.write(_readme(client_name, counts, packing.missing).encode())
    manifest = {"version": VERSION, "client": client_name, "made_at": timezone.now(), "rows": counts, "missing": packing.missing}
    listed = list(packing.packed)
    with packing.member("manifest.json") as file:
        file.write(orjson.dumps(manifest | {"files": listed}, option=OPTIONS | orjson.OPT_INDENT_2))
    with packing.member("SHA256SUMS") as sums:
        sums.write("".join(f"{each['sha256']}  {each['path']}\n" for each in packing.packed).encode())


def _readme(client_name: str, counts: dict[str, int], missing: Sequence[str]) -> str:
    lines = [
        _("All data of %(client)s, as its owners read it.") % {"client": client_name},
        "",
        _("data/    one noun a file, as JSON and as CSV (UTF-8, moments in UTC, durations in minutes, money with a point)"),
        _("files/   what was sent with messages, under the id it has in data/files.json"),
        _("manifest.json and SHA256SUMS   what is here, with its SHA-256; check it with: sha256sum -c SHA256SUMS"),
        "",
        _("In CSV a text that a spreadsheet would take for a formula begins with an apostrophe; JSON has it as it was written."),
        "",
        *(f"{name:<16} {number}" for name, number in counts.items()),
    ]
    if missing:
        lines += ["", _("These files were gone from the store:"), *missing]
    return "\n".join(lines) + "\n"
