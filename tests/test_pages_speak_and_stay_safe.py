"""What the shared filters and form templates put on a page: figures with their units, people's words without their tricks."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.template import engines
from django.test import Client as Browser
from django.utils import timezone, translation

from accounts.models import Firm
from figures.meters import meter

NBSP = "\N{NO-BREAK SPACE}"


def rendered(source: str, **context: object) -> str:
    return engines["django"].from_string(source).render(context)


@pytest.mark.parametrize(
    ("source", "value", "said"),
    [
        ("{{ v|hours }}", 390, f"6.5{NBSP}h"),
        ("{{ v|figure }}", 390, "6.5"),
        ("{{ v|left }}", 390, f"6.5{NBSP}h left"),
        ("{{ v|left }}", -72, f"1.2{NBSP}h over"),
        ("{{ v|left }}", 0, f"0{NBSP}h left"),
        ("{{ v|measured }}", 390, f'6.5<span class="unit">{NBSP}h</span>'),
        ("{{ v|measured }}", 200, f'3<span class="unit">{NBSP}h</span> 20<span class="unit">{NBSP}min</span>'),
        ("{{ v|taken }}", 510, f"\N{MINUS SIGN}{NBSP}8.5{NBSP}h"),
        ("{{ v|clock }}", 2538, "0:42:18"),
        ("{{ v|percent }}", 52, f"52{NBSP}%"),
        ('{{ v|money:"USD" }}', Decimal(2000), f"USD{NBSP}2,000.00"),
    ],
)
def test_a_number_is_never_without_its_unit(source, value, said):
    assert rendered(source, v=value) == said


def test_a_german_reader_gets_german_marks():
    with translation.override("de"):
        assert rendered("{{ v|hours }}", v=390) == f"6,5{NBSP}h"


def test_a_moment_is_told_in_the_readers_zone_and_today_by_name():
    noon = timezone.now().astimezone(ZoneInfo("Asia/Tokyo")).replace(hour=12, minute=5)
    with timezone.override("Asia/Tokyo"):
        assert rendered("{{ v|moment }}", v=noon.astimezone(dt.UTC)) == "Today, 12:05"


def test_a_year_is_said_only_when_it_is_not_this_one():
    year = timezone.localdate().year
    assert rendered("{{ v|day }}", v=dt.date(year, 11, 27)) == "27 Nov"
    assert rendered("{{ v|day }}", v=dt.date(year - 1, 11, 27)) == f"27 Nov {year - 1}"


def test_a_half_open_period_is_said_with_both_ends():
    year = timezone.localdate().year
    assert rendered("{{ a|period:b }}", a=dt.date(year, 11, 1), b=dt.date(year, 12, 1)) == "1 to 30 Nov"
    assert rendered("{{ a|period:b }}", a=dt.date(year, 10, 15), b=dt.date(year, 11, 15)) == "15 Oct to 14 Nov"


@pytest.mark.parametrize(
    "trick",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![pixel](https://spy.example/p.png)",
        "[click](javascript:alert(1))",
        "[click](data:text/html,x)",
        '<a href="x" style="color:red">a</a>',
    ],
)
def test_what_a_person_writes_brings_no_script_image_or_style(trick):
    html = rendered("{{ v|markdown }}", v=trick)
    assert not any(bad in html for bad in ("<script", "<img", 'href="javascript', 'href="data', '<a href="x" style'))


def test_a_link_in_a_message_vouches_for_nothing():
    assert 'rel="nofollow noopener"' in rendered("{{ v|markdown }}", v="[docs](https://docs.example)")


class Request(forms.Form):
    subject = forms.CharField(label="What is it about", help_text="One line.")
    urgency = forms.ChoiceField(label="How urgent", choices=[("a", "It can wait"), ("b", "It stops us")], widget=forms.RadioSelect)
    code = forms.CharField(
        label="Code", required=False, widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "placeholder": "Code"})
    )


def test_a_form_names_its_errors_first_and_again_at_the_field():
    html = str(Request({"code": ""}))
    assert html.index('class="wrongs"') < html.index('class="field')
    assert 'href="#id_subject"' in html
    assert 'id="id_subject_error"' in html
    assert 'aria-describedby="id_subject_helptext id_subject_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'href="#id_urgency"' in html
    assert 'id="id_urgency"' in html


def test_a_control_carries_its_class_and_no_placeholder_that_repeats_the_label():
    html = str(Request())
    assert 'class="input input-code"' in html
    assert "placeholder" not in html
    assert "style=" not in html


def test_a_meter_says_in_words_what_it_shows():
    bar = meter(used_minutes=510, capacity_minutes=900, held_minutes=240, gone=16, whole=30)
    html = rendered('{% meter_words 510 900 240 52 as words %}{% meter m words "l" %}', m=bar)
    assert html.startswith('<svg class="meter meter-l"')
    assert f"8.5{NBSP}h of 15{NBSP}h used, 4{NBSP}h spoken for, 52{NBSP}% of the period gone" in html


@pytest.mark.django_db
def test_the_firms_colour_is_one_line_of_style_that_is_asked_again_but_not_sent_again(firm):
    Firm.objects.update(hue=250)
    first = Browser().get("/brand.css")
    assert first.content == b":root { --hue: 250; }\n"
    again = Browser().get("/brand.css", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("address", ["/accounts/login/", "/accounts/login/code/", "/accounts/password/reset/", "/accounts/inactive/"])
@pytest.mark.django_db
def test_a_page_at_the_door_has_a_language_a_title_and_one_heading(address):
    html = Browser().get(address).content.decode()
    assert '<html lang="en"' in html
    assert html.count("<h1") == 1
    assert "<main" in html
    assert "style=" not in html
    assert "<title></title>" not in html


@pytest.mark.parametrize("part", ["toasts", "say"])
@pytest.mark.parametrize(("level", "is_red"), [(constants.ERROR, True), (constants.WARNING, True), (constants.SUCCESS, False)])
def test_a_refusal_is_red_and_read_out_at_once_wherever_messages_stand(part, level, is_red):
    page = rendered(f'{{% include "look/parts/{part}.html" %}}', messages=[Message(level, "That day is over.")])
    assert "That day is over." in page
    assert ('class="toast is-over" role="alert"' in page) is is_red
