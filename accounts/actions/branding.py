"""How the firm looks: its name, colour and sender are plain fields, its logo is made anew from what was sent."""

from io import BytesIO

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from accounts import policies
from accounts.actors import Actor
from accounts.errors import Conflict, NotAllowed
from accounts.models import Firm, Logo

MOST_BYTES = 1024 * 1024
MOST_PIXELS = 16_000_000  # asked before anything is unpacked, so that a small file cannot fill the memory
LARGEST = (640, 160)  # twice what any page or mail shows
WELCOME = ("PNG", "JPEG", "WEBP")


@transaction.atomic
def hang_logo(*, actor: Actor, file: "File[bytes]") -> Logo:
    """Make the firm's logo from a picture, told by its content: decoded, scaled down and written anew as PNG.

    Raises NotAllowed; Conflict for what is too large, or no PNG, JPEG or WebP.
    """
    firm = _held_by(actor)
    if (file.size or 0) > MOST_BYTES:
        raise Conflict(_("This file is larger than 1 MB. Save the logo smaller and send it again."), field="logo")
    picture = _read(file.read())
    written = BytesIO()
    picture.save(written, "PNG", optimize=True)
    firm.logo = Logo.objects.create(content=written.getvalue(), width=picture.width, height=picture.height)
    firm.save(update_fields=["logo"])
    return firm.logo


@transaction.atomic
def take_down_logo(*, actor: Actor) -> None:
    """Show the firm's name without a picture again. Raises NotAllowed."""
    firm = _held_by(actor)
    firm.logo = None
    firm.save(update_fields=["logo"])


def _read(content: bytes) -> Image.Image:
    try:
        with Image.open(BytesIO(content), formats=WELCOME) as sent:
            if sent.width * sent.height > MOST_PIXELS:
                raise Conflict(_("This picture has too many pixels. Save the logo smaller and send it again."), field="logo")
            picture = sent.convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise Conflict(_("This is no PNG, JPEG or WebP picture. An SVG may carry scripts: save it as PNG first."), field="logo") from error
    picture.thumbnail(LARGEST)
    return picture


def _held_by(actor: Actor) -> Firm:
    if not policies.may_describe_firm(actor):
        raise NotAllowed(_("Only admins change how the firm looks."))
    return Firm.objects.select_for_update(no_key=True, of=("self",)).get()
