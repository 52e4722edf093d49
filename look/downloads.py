"""Files as all doors hand them out: saved by whoever asked, never opened in the origin of a page, kept by no cache."""

from typing import IO

from django.http import FileResponse, Http404

from tickets.models.attachment import Attachment

CSV = "text/csv"
ZIP = "application/zip"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-store",
}


def as_download(opened: IO[bytes], *, name: str, content_type: str) -> FileResponse:
    """The bytes under their name, closed when they are sent."""
    return FileResponse(opened, as_attachment=True, filename=name, content_type=content_type, headers=HEADERS)


def stored(found: Attachment) -> FileResponse:
    """A file that was sent along, as the type its content told. Raises Http404 where it is gone from the store."""
    try:
        opened = found.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    return as_download(opened, name=found.name, content_type=found.content_type)
