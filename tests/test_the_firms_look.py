"""The firm's name, logo, colour and sender stand on its pages and in its mail; a picture is taken apart before it is shown."""

from io import BytesIO

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from PIL import Image

from accounts.models import Firm, Logo
from events.actions.delivering import drain
from figures.colours import accent
from tests.cast import ask

pytestmark = pytest.mark.django_db

FIRM = {"name": "Northfold", "hue": "250", "sender_name": "Northfold Desk", "time_zone": "UTC", "currency": "USD"}
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


def picture(kind: str = "PNG", size: tuple[int, int] = (900, 300), extra: bytes = b"") -> SimpleUploadedFile:
    drawn = BytesIO()
    Image.new("RGB", size, "#145a8c").save(drawn, kind)
    return SimpleUploadedFile(f"logo.{kind.lower()}", drawn.getvalue() + extra)


def settle(visitor, **changes):
    return visitor.post("/workspace/settings/", FIRM | changes)


def test_a_logo_is_made_anew_from_what_was_sent_and_shown_on_every_page(browser, ada, priya):
    assert settle(browser(ada), logo_file=picture("JPEG", extra=b"<script>alert(1)</script>")).status_code == 302
    logo = Logo.objects.get()
    assert (logo.width, logo.height) == (480, 160)
    address = f"/logo/{logo.pk}.png"
    for visitor, path in ((Browser(), "/accounts/login/"), (browser(priya), "/portal/"), (browser(ada), "/workspace/")):
        assert f'src="{address}"' in visitor.get(path).content.decode()
    served = Browser().get(address)
    assert (served["Content-Type"], served.content[:4]) == ("image/png", b"\x89PNG")
    assert b"script" not in served.content
    assert "immutable" in served["Cache-Control"]
    assert served["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (SimpleUploadedFile("logo.png", SVG, "image/png"), "This is no PNG, JPEG or WebP picture."),
        (SimpleUploadedFile("logo.png", b"\x89PNG\r\n\x1a\n" + b"0" * 64, "image/png"), "This is no PNG, JPEG or WebP picture."),
        (SimpleUploadedFile("logo.png", b"0" * (1024 * 1024 + 1), "image/png"), "larger than 1 MB"),
        (picture(size=(5000, 4000)), "too many pixels"),
    ],
    ids=["a script in an SVG", "a broken PNG", "too many bytes", "too many pixels"],
)
def test_what_is_no_small_picture_is_refused_and_nothing_is_saved(browser, ada, sent, said):
    answer = settle(browser(ada), logo_file=sent, name="Otherwise")
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert 'value="Otherwise"' in answer.content.decode()
    assert not Logo.objects.exists()
    assert Firm.objects.the().name == "Northfold"


def test_a_logo_is_taken_down_again(browser, ada):
    visitor = browser(ada)
    settle(visitor, logo_file=picture())
    settle(visitor, without_logo="on")
    assert Firm.objects.the().logo is None
    assert "/logo/" not in visitor.get("/workspace/").content.decode()


def test_mail_comes_from_the_name_the_firm_chose_in_its_colour_with_its_logo(
    browser, ada, acorn, rob, settings, django_capture_on_commit_callbacks
):
    settle(browser(ada), logo_file=picture())
    with django_capture_on_commit_callbacks(execute=True):
        ask(rob, acorn)
        drain()
    [letter] = mail.outbox
    assert letter.from_email == "Northfold Desk <desk@localhost>"
    [html] = [str(part.content) for part in letter.alternatives]
    assert f"{settings.PUBLIC_URL}/logo/" in html
    assert accent(250).light in html
    Browser().post("/accounts/login/code/", {"email": rob.user.email})
    assert mail.outbox[1].from_email == "Northfold Desk <desk@localhost>"


def test_the_accent_of_mail_is_that_of_the_pages():
    assert accent(152) == ("#146937", "#6ed08c")


def test_a_lead_changes_none_of_it(browser, mara):
    assert settle(browser(mara), logo_file=picture()).status_code == 404
    assert not Logo.objects.exists()
