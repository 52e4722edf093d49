"""How numbers, moments and people's words reach a page. The only formatters of the templates."""

import datetime as dt
from decimal import Decimal
from functools import cache, lru_cache
from secrets import token_urlsafe

import nh3
from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format, get_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, pgettext, pgettext_lazy
from markdown_it import MarkdownIt

from figures import days, text
from figures.meters import Meter, meter_svg
from figures.svg import Svg
from look.once import FIELD
from look.zones import zone_name

register = template.Library()

MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True}).enable(["table", "strikethrough"])
LINES = {"p", "br", "hr", "pre", "blockquote", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"}
WORDS = {"strong", "em", "s", "code", "a"}
CLEANER = nh3.Cleaner(tags=LINES | WORDS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto"}, link_rel="nofollow noopener")

DAY = (pgettext_lazy("date format", "j M"), pgettext_lazy("date format", "j M Y"))
WEEKDAY = (pgettext_lazy("date format", "D j M"), pgettext_lazy("date format", "D j M Y"))
LONG_DAY = (pgettext_lazy("date format", "j F"), pgettext_lazy("date format", "j F Y"))


def marks() -> text.Marks:
    """What the reader's language puts between digits."""
    return _marks_of(get_language())


@cache
def _marks_of(language: str | None) -> text.Marks:
    return text.Marks(decimal=get_format("DECIMAL_SEPARATOR", language), group=get_format("THOUSAND_SEPARATOR", language))


@register.filter
def hours(minutes: int) -> str:
    """390 -> "6.5 h", 200 -> "3 h 20 min"."""
    return text.hours(minutes, marks())


@register.filter
def figure(minutes: int) -> str:
    """390 -> "6.5", 200 -> "3:20": for the hero, whose unit is set beside it."""
    return text.figure(minutes, marks())


@register.filter
def measured(minutes: int) -> SafeString:
    """390 -> "6.5 h", 200 -> "3 h 20 min" for a large figure: written as beside it in a sentence, its units small."""
    parts = (part.rpartition(text.NO_BREAK) for part in hours(minutes).split(" "))
    return format_html_join(" ", '{}<span class="unit">{}{}</span>', parts)


@register.filter
def exactly(seconds: int) -> str:
    """5021 -> "1 h 23 min 41 s": time as the clock had it."""
    return text.worked(seconds, marks())


@register.filter
def taken(minutes: int) -> str:
    """The line of a statement that takes away, with a true minus."""
    return text.taken(minutes, marks())


@register.filter
def left(minutes: int) -> str:
    """390 -> "6.5 h left", -72 -> "1.2 h over"."""
    balance = text.balance(minutes, marks())
    sentence = gettext("%(hours)s over") if balance.is_over else gettext("%(hours)s left")
    return sentence % {"hours": balance.hours}


@register.filter
def clock(seconds: int) -> str:
    """2538 -> "0:42:18"."""
    return text.clock(seconds)


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """In a list of amounts, always with cents: "USD 2,000.00"."""
    return text.money_text(amount, currency, marks())


@register.filter
def money_short(amount: Decimal, currency: str) -> str:
    """In a sentence: "USD 2,000"."""
    return text.money_short(amount, currency, marks())


@register.filter
def percent(value: int | Decimal, places: int = 0) -> str:
    """52 -> "52 %"."""
    return text.percent(value, places, marks())


def _local(when: dt.date) -> dt.date:
    return timezone.localtime(when) if isinstance(when, dt.datetime) and timezone.is_aware(when) else when


def _day(when: dt.date, form: object, form_with_year: object) -> str:
    local = _local(when)
    is_this_year = local.year == timezone.localdate().year
    return _written(dt.date(local.year, local.month, local.day), str(form if is_this_year else form_with_year), get_language())


@lru_cache(maxsize=2048)  # a list says the same few days over and over
def _written(on: dt.date, form: str, language: str | None) -> str:  # noqa: ARG001 (the language is whose names the answer holds)
    return date_format(on, form)


@register.filter
def day(when: dt.date) -> str:
    """The form "27 Nov", with the year when it is not this one."""
    return _day(when, *DAY)


@register.filter
def last_day(ends_at: dt.datetime) -> str:
    """As `day`, the last one of what lasts until a moment: that of a decision is the day before the midnight it ends at."""
    return day(days.last_day(ends_at, timezone.get_current_timezone()))


@register.filter
def weekday(when: dt.date) -> str:
    """The form "Fri 20 Nov"."""
    return _day(when, *WEEKDAY)


@register.filter
def long_day(when: dt.date) -> str:
    """The form "1 December", for sentences."""
    return _day(when, *LONG_DAY)


@register.filter
def moment(when: dt.datetime) -> str:
    """The form "Today, 14:05" or "Wed 11 Nov, 10:20", in the reader's zone."""
    local = _local(when)
    when_day = gettext("Today") if _is_today(local) else weekday(local)
    return f"{when_day}, {date_format(local, pgettext('time format', 'H:i'))}"


@register.filter
def ago(when: dt.datetime) -> str:
    """The form "just now", "12 min ago", "5 h ago", and from a day on its date."""
    minutes = int((timezone.now() - when).total_seconds() // 60)
    if minutes < 1:
        return gettext("just now")
    if minutes >= 24 * 60:
        return day(when)
    passed = text.short(minutes, marks()) if minutes < 60 else text.hours(minutes // 60 * 60, marks())
    return gettext("%(time)s ago") % {"time": passed}


def _is_today(local: dt.date) -> bool:
    return (local.date() if isinstance(local, dt.datetime) else local) == timezone.localdate()


@register.filter
def period(starts_on: dt.date, ends_on: dt.date) -> str:
    """A half-open period with both ends: "1 to 30 Nov", "15 Nov to 14 Dec"."""
    last = ends_on - dt.timedelta(days=1)
    same_month = (starts_on.year, starts_on.month) == (last.year, last.month)
    first = date_format(starts_on, "j") if same_month else day(starts_on)
    return gettext("%(first)s to %(last)s") % {"first": first, "last": day(last)}


@register.filter
def period_name(starts_on: dt.date, ends_on: dt.date, *, in_full: bool = False) -> str:
    """A whole calendar month by its name, any other period by its two ends; `in_full` always with the year, for what is kept."""
    if starts_on.day == 1 and ends_on == (starts_on + dt.timedelta(days=31)).replace(day=1):
        return date_format(starts_on, "F Y" if in_full or starts_on.year != timezone.localdate().year else "F")
    if not in_full:
        return period(starts_on, ends_on)
    last = ends_on - dt.timedelta(days=1)
    return gettext("%(first)s to %(last)s") % {"first": date_format(starts_on, "j F Y"), "last": date_format(last, "j F Y")}


@register.filter
def zone(name: str) -> str:
    """A time zone by its city: New York."""
    return zone_name(name)


@register.filter
def markdown(words: str) -> SafeString:
    """What a person wrote, as safe HTML: no images, no raw HTML, links that vouch for nothing."""
    return mark_safe(CLEANER.clean(MARKDOWN.render(words)))


@register.simple_tag
def once() -> SafeString:
    """In a form whose view is `look.once.once`: however often it is sent, its work is done once."""
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, token_urlsafe(12))


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the sprite, always beside a word."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("icons.svg"), name)


@register.simple_tag
def meter(drawn: Meter, label: str, size: str = "") -> Svg:
    """The bar of a balance; `label` says it in words, `size` is "", "s" or "l"."""
    return meter_svg(drawn, label, size)


@register.simple_tag
def meter_words(used_minutes: int, capacity_minutes: int, held_minutes: int = 0, gone_percent: int | None = None) -> str:
    """What a meter shows, for those who do not see it."""
    parts = [gettext("%(hours)s of %(capacity)s used") % {"hours": hours(used_minutes), "capacity": hours(capacity_minutes)}]
    if held_minutes:
        parts.append(gettext("%(hours)s spoken for") % {"hours": hours(held_minutes)})
    if gone_percent is not None:
        parts.append(gettext("%(percent)s of the period gone") % {"percent": percent(gone_percent)})
    return ", ".join(parts)


@register.simple_tag
def key(part: str) -> SafeString:
    """The swatch of one part of a meter: used, held, over, low, track or now."""
    shapes = {
        "held": '<line class="m-held" x1="0" x2="100" y1="5" y2="5"/>',
        "now": '<line class="m-now" x1="50" x2="50" y1="-2" y2="12"/>',
    }
    shape = mark_safe(shapes.get(part, "")) or format_html('<rect class="m-{}" width="100" height="10"/>', part)
    return format_html('<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">{}</svg>', shape)
