"""The six main pages as the demo story fills them, desktop and phone, light and dark, written to docs/pictures by `make screenshots`."""

import io
from pathlib import Path

import pytest
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Browser

from billing.models import Period
from config.story import Cast, tell_story
from tests import cast
from tests.visiting import Visitor, chromium
from tickets.models import Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
WINDOWS = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
SCHEMES = ("light", "dark")
COLOURS = 128
LARGEST_BYTES = 150_000


def pages(story: Cast) -> dict[str, tuple[str, str]]:
    """The name of each picture, who looks, and at what."""
    asked = Ticket.objects.get(reference="ACM-1")
    now = Period.objects.filter(engagement=story.retainers["ACM"]).order_by("-starts_on")[0]
    return {
        "portal-home": ("Priya", reverse("portal:home")),
        "portal-request": ("Priya", reverse("portal:ticket", args=[asked.pk])),
        "portal-hours": ("Priya", reverse("portal:period", args=[now.pk])),
        "workspace-today": ("Ines", reverse("workspace:today")),
        "workspace-ticket": ("Mara", reverse("workspace:ticket", args=[asked.pk])),
        "workspace-retainers": ("Ada", reverse("workspace:retainers")),
    }


def take(browser: Browser, address: str, story: Cast, window: str, scheme: str) -> None:
    for name, (who, path) in pages(story).items():
        person = (story.staff | story.contacts)[who]
        visitor = Visitor(browser, address, color_scheme=scheme, viewport=WINDOWS[window], reduced_motion="reduce")
        visitor.holds_session_of(cast.browser(person).cookies["session"].value)
        visitor.page.goto(path)
        keep(visitor.page.screenshot(), PICTURES / f"{name}.{window}.{scheme}.png")
        visitor.leaves_satisfied()


def keep(picture: bytes, path: Path) -> None:
    """Few colours say the same on flat pages, in a fraction of the bytes."""
    image = Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    image.save(path, optimize=True)
    assert path.stat().st_size <= LARGEST_BYTES, path


def test_pictures_of_the_main_pages_are_taken(live_server):
    story = tell_story()
    PICTURES.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for window in WINDOWS:
            for scheme in SCHEMES:
                take(browser, live_server.url, story, window, scheme)
