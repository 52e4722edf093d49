"""Files sent along: told by their content, kept by their digest, refused with a sentence that says what is welcome."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID
from zipfile import BadZipFile, ZipFile

import puremagic
from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from accounts.errors import DomainError
from tickets.models import Message, MessageAttachment, Note, NoteAttachment
from tickets.models.attachment import place_of

MOST_FILES = 10
HEAD_BYTES = 4096
LONGEST_NAME = 120

OFFICE = "application/vnd.openxmlformats-officedocument"
BINARY = {  # by content: the type, and the endings its name may have
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "application/pdf": (".pdf",),
}
ZIPPED = {  # by the folder inside
    "word/": (f"{OFFICE}.wordprocessingml.document", ".docx"),
    "xl/": (f"{OFFICE}.spreadsheetml.sheet", ".xlsx"),
    "ppt/": (f"{OFFICE}.presentationml.presentation", ".pptx"),
}
WRITTEN = {  # all of them text; the ending of the name says which
    ".txt": "text/plain",
    ".log": "text/plain",
    ".csv": "text/csv",
    ".md": "text/markdown",
    ".json": "application/json",
    ".eml": "message/rfc822",
}
ACTIVE = re.compile(rb"<\s*(?:!doctype|html|head|body|script|svg|iframe|\?xml|!entity)", re.IGNORECASE)


class FileRefused(DomainError):
    """The file is of a kind or a size that nobody should be sent."""

    code = "file-refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A file that was looked at and whose bytes are stored; no row names it yet."""

    name: str
    content_type: str
    size_bytes: int
    digest: str
    path: str

    def as_fields(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "content_type": self.content_type,
            "size_bytes": self.size_bytes,
            "digest": self.digest,
            "file": self.path,
        }


def receive(files: Sequence["File[bytes]"], *, client_id: UUID) -> list[Received]:
    """Look at each file and store its bytes, before any lock is taken. An aborted act leaves bytes but no row.

    Raises FileRefused; then nothing of the lot is kept.
    """
    if len(files) > MOST_FILES:
        raise FileRefused(_("Send at most %(most)d files at once, or one zip.") % {"most": MOST_FILES}, field="files")
    looked_at = [(file, *_look_at(file)) for file in files]
    return [_store(file, name, content_type, client_id) for file, name, content_type in looked_at]


def attach_to_message(message: Message, received: Sequence[Received]) -> None:
    for one in received:
        MessageAttachment.objects.create(client_id=message.client_id, message=message, **one.as_fields())


def attach_to_note(note: Note, received: Sequence[Received]) -> None:
    for one in received:
        NoteAttachment.objects.create(client_id=note.client_id, note=note, **one.as_fields())


def clean_name(name: str) -> str:
    """A file's name without a path, control or direction characters, never empty and never hidden."""
    last = PurePosixPath(name.replace("\\", "/")).name
    visible = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C")
    return " ".join(visible.split()).strip(". ") or "file"


def _look_at(file: "File[bytes]") -> tuple[str, str]:
    """The clean name and the type of a file. Raises FileRefused."""
    name = clean_name(file.name or "")
    size, most = file.size, settings.ATTACHMENT_MAX_BYTES
    if not size:
        raise FileRefused(_("%(name)s is empty. Choose it again.") % {"name": name}, field="files")
    if size > most:
        sentence = _("%(name)s is larger than %(most)d MB. Send a smaller file or a link.")
        raise FileRefused(sentence % {"name": name, "most": most // 1024**2}, field="files")
    file.seek(0)
    found = _type_of(file, name)
    if found is None:
        raise FileRefused(
            _(
                "%(name)s is of a kind we do not take. Send images (PNG, JPEG, GIF, WebP), PDF, text, CSV, Markdown, JSON,"
                " Word, Excel, PowerPoint, e-mail (.eml) or a zip."
            )
            % {"name": name},
            field="files",
        )
    content_type, endings = found
    return _with_ending(name, endings), content_type


def _with_ending(name: str, endings: tuple[str, ...]) -> str:
    """The name ends in what the file is, so that nothing opens as something else."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in endings:
        return name[: -len(suffix)][:LONGEST_NAME] + suffix
    return name[:LONGEST_NAME] + endings[0]


def _type_of(file: "File[bytes]", name: str) -> tuple[str, tuple[str, ...]] | None:
    head = file.read(HEAD_BYTES)
    if head.startswith(b"PK"):
        return _type_of_zip(file)
    for match in _known(head):
        if match in BINARY:
            return match, BINARY[match]
    return _type_of_text(file, head, name)


def _known(head: bytes) -> list[str]:
    try:
        return [match.mime_type for match in puremagic.magic_string(head)]
    except (puremagic.PureError, ValueError):
        return []


def _type_of_zip(file: "File[bytes]") -> tuple[str, tuple[str, ...]] | None:
    try:
        with ZipFile(file) as archive:
            inside = archive.namelist()
    except (BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError):
        return None
    if any(name.endswith("vbaProject.bin") for name in inside):
        return None
    if "[Content_Types].xml" in inside:
        for folder, (content_type, ending) in ZIPPED.items():
            if any(name.startswith(folder) for name in inside):
                return content_type, (ending,)
    return "application/zip", (".zip",)


def _type_of_text(file: "File[bytes]", head: bytes, name: str) -> tuple[str, tuple[str, ...]] | None:
    """Text is what decodes and holds no control characters; what a browser would run is not taken as text."""
    ending = PurePosixPath(name).suffix.lower()
    if ACTIVE.match(head.removeprefix(b"\xef\xbb\xbf").lstrip()):
        return None
    file.seek(0)
    if not all(_reads_as_text(chunk) for chunk in file.chunks()):
        return None
    if ending in WRITTEN:
        return WRITTEN[ending], (ending,)
    return "text/plain", (".txt",)


def _reads_as_text(chunk: bytes) -> bool:
    return not any(byte in chunk for byte in _CONTROL)


_CONTROL = [bytes([code]) for code in range(32) if code not in b"\t\n\r\f\x1b"]


def _store(file: "File[bytes]", name: str, content_type: str, client_id: UUID) -> Received:
    digest = sha256()
    file.seek(0)
    for chunk in file.chunks():
        digest.update(chunk)
    path = place_of(client_id, digest.hexdigest())
    size = file.size
    if not (default_storage.exists(path) and default_storage.size(path) == size):  # half a file of a crash is not it
        file.seek(0)
        path = default_storage.save(path, file)
    return Received(name=name, content_type=content_type, size_bytes=size, digest=digest.hexdigest(), path=path)
