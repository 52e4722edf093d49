"""Random stories of a retainer, as plain dicts: every policy mixed, seeded. And the same story in the words of the rules."""

import datetime as dt
import random
from dataclasses import replace
from decimal import Decimal

from billing.rules.ledger import Link, grants_for, project_chain
from billing.rules.movements import Authorisation, Entry, Lot, PeriodSpan, give_back
from engagements.rules import Span, Terms
from tests import oracle

AREAS = ("prompt_optimisation", "system_updates", "reporting")
NEW_YEAR = dt.date(2026, 1, 1)


def story_of(seed, *, entries=400, most_minutes=40):
    """A retainer of some periods with its versions of terms, lots, entries (some late), consents and corrections."""
    draw = random.Random(seed)
    unit = draw.choice(["month", "month", "month", "week", "quarter"])
    story = {"unit": unit, "anchor": draw.randint(1, 7) if unit == "week" else draw.choice([1, 1, 15, 28, 29, 30, 31])}
    story |= {"begins": NEW_YEAR + dt.timedelta(days=draw.randint(0, 400)), "ends": None, "count": draw.randint(2, 7)}
    periods = oracle.periods_of(story)
    if draw.random() < 0.5:
        soon = periods[-1][0] + oracle.DAY + (periods[-1][1] - periods[-1][0]) // 10
        story["ends"] = day_in(draw, (periods[-1][0] + oracle.DAY, draw.choice([soon, periods[-1][1]]) + oracle.DAY))
        periods = oracle.periods_of(story)
    share = entries // len(periods)
    burn = share * most_minutes // 2
    story["terms"] = terms_of(draw, periods, burn)
    story["lots"] = [lot_of(draw, number, periods, burn) for number in range(draw.randint(0, 2 * len(periods)))]
    story["entries"] = [entry_of(draw, number, periods, most_minutes) for number in range(entries)]
    story["consents"] = [consent_of(draw, number, periods, burn) for number in range(draw.randint(0, 3))]
    story["notice_came_late"] = story["ends"] is not None and len(periods) > 1
    story["corrections"] = [each for each in (correction_of(draw, number, story["entries"], periods) for number in range(3)) if each]
    return story


def day_in(draw, span):
    return span[0] + dt.timedelta(days=draw.randrange((span[1] - span[0]).days))


def terms_of(draw, periods, burn):
    """One to three versions; the later ones begin on any day, also within a period."""
    begins = {periods[0][0], *(day_in(draw, draw.choice(periods)) for _ in range(draw.randint(0, 2)))}
    proration = draw.choice(["daily", "daily", "none"])
    return [
        {
            "from": day,
            "base": draw.choice([0, burn // 2, burn, burn, burn + 7, 2 * burn]),
            "carry": draw.choice([0, 1, 1, 2, 3]),
            "cap_minutes": draw.choice([None, None, burn // 2, 0]),
            "cap_percent": draw.choice([None, 50, 33, 100]),
            "borrow": draw.choice([0, burn // 5, burn, None]),
            "overage": draw.choice(["bill", "authorise", "authorise", "absorb"]),
            "rate": draw.choice([Decimal("185.00"), Decimal("190.10"), Decimal(250), Decimal(0)]),
            "proration": proration,
        }
        for day in sorted(begins)
    ]


def lot_of(draw, number, periods, burn):
    index = draw.randrange(len(periods))
    begins = day_in(draw, periods[index])
    return {
        "id": f"lot-{number:03d}",
        "period": index,
        "kind": draw.choice(["top_up", "goodwill", "migration"]),
        "minutes": draw.randint(1, max(burn // 3, 2)),
        "from": begins,
        "until": begins + dt.timedelta(days=draw.choice([1, 10, 30, 90, 365])),
        "priority": draw.choice([-1, 0, 0, 0, 1]),
        "scope": draw.choice([(), (), AREAS[:1], AREAS[1:]]),
    }


def entry_of(draw, number, periods, most_minutes):
    index = draw.randrange(len(periods))
    day = day_in(draw, periods[index])
    late = index and draw.random() < 0.05
    worked = day_in(draw, periods[draw.randrange(index)]) if late else day
    start = dt.datetime.combine(worked, dt.time(draw.randrange(24), draw.choice([0, 30])), dt.UTC) if draw.random() < 0.5 else None
    kind = draw.choice(["included"] * 9 + ["goodwill"])
    return {
        "id": f"entry-{number:06d}",
        "period": index,
        "day": worked,
        "start": start,
        "area": draw.choice(AREAS),
        "ticket": draw.choice([None, "t-1", "t-2", "t-3"]),
        "person": draw.choice(["p-1", "p-2"]),
        "kind": kind,
        "rate": draw.choice([None, Decimal("120.50"), Decimal(210)]) if not late else Decimal("99.90"),
        "minutes": draw.randint(1, most_minutes) if kind == "included" else 0,
    }


def consent_of(draw, number, periods, burn):
    return {
        "id": f"consent-{number}",
        "minutes": draw.choice([None, 0, draw.randint(1, burn)]),
        "money": draw.choice([None, Decimal(draw.randint(1, 3000)), Decimal("77.77")]),
        "until": draw.choice([None, day_in(draw, draw.choice(periods))]),
    }


def correction_of(draw, number, entries, periods):
    """Minutes too many of an entry of an earlier period, found in a later one; each entry is corrected once."""
    entry = entries[draw.randrange(len(entries)) // 3 * 3 + number % 3] if len(entries) % 3 == 0 else entries[number * 7 % len(entries)]
    if entry["minutes"] == 0 or entry["period"] + 1 >= len(periods):
        return None
    index = draw.randrange(entry["period"] + 1, len(periods))
    return {"id": f"back-{number}", "entry": entry["id"], "minutes": draw.randint(1, entry["minutes"]), "period": index}


def projected(story):
    """The story through the rules. A correction's lot is made of what the rules themselves give back."""
    periods = oracle.periods_of(story)
    consents = [Authorisation(each["id"], each["minutes"], each["money"], each["until"]) for each in story["consents"]]
    links = [_link(story, index, period) for index, period in enumerate(periods)]
    for correction in sorted(story["corrections"], key=lambda each: each["period"]):
        index = next(entry["period"] for entry in story["entries"] if entry["id"] == correction["entry"])
        back = give_back(_lived(story, links, consents)[index].by_entry()[correction["entry"]], correction["minutes"])
        link = links[correction["period"]]
        lot = Lot(correction["id"], back.adjustment_minutes, link.period.starts_on, link.period.ends_on, "adjustment")
        noted = Entry(f"{correction['id']}-noted", link.period.starts_on, -correction["minutes"])
        lots = [*link.lots, lot] if back.adjustment_minutes else link.lots
        links[correction["period"]] = Link(link.terms, link.period, lots, [*link.entries, noted])
    return _lived(story, links, consents)


def _lived(story, links, consents):
    """The chain as it was lived: where notice came late, the last period but one had closed before the last was cut."""
    if not story["notice_came_late"]:
        return project_chain(links, consents)
    unended = story | {"ends": None, "count": len(links)}
    closed = project_chain([*links[:-1], _link(unended, len(links) - 1, oracle.periods_of(unended)[-1])], consents)[:-1]
    before, last = closed[-1], links[-1]
    left = [replace(state.authorisation, used_minutes=state.used_minutes, used_money=state.used_money) for state in before.authorisations]
    period = replace(last.period, owed_minutes=before.borrowed_minutes + before.owed_minutes)
    return [*closed, *project_chain([replace(last, period=period, lots=[*before.carried, *last.lots])], left)]


def _link(story, index, period):
    first, end = period
    is_last = story["ends"] is not None and end >= story["ends"]
    versions = [each for each in versions_of(story) if each.starts_on < end and (each.ends_on or dt.date.max) > first]
    grants = grants_for(versions, Span(first, end))
    lots = [Lot(f"grant-{index:03d}-{part}", grant.minutes, grant.usable_from, grant.usable_until) for part, grant in enumerate(grants)]
    for lot in (each for each in story["lots"] if each["period"] == index):
        scope = frozenset(lot["scope"])
        lots.append(Lot(lot["id"], lot["minutes"], lot["from"], lot["until"], lot["kind"], lot["priority"], scope))
    entries = [_entry(entry) for entry in story["entries"] if entry["period"] == index]
    return Link(versions, PeriodSpan(first, end, is_last=is_last), lots, entries)


def _entry(entry):
    names = ("id", "day", "minutes", "start", "area", "ticket", "person", "kind", "rate")
    return Entry(*(entry[name] for name in names))


def versions_of(story):
    starts = [each["from"] for each in story["terms"]]
    return [
        Terms(
            starts_on=each["from"],
            ends_on=ends_on,
            included_minutes=each["base"],
            period_unit=story["unit"],
            anchor_day=story["anchor"],
            proration=each["proration"],
            carry_periods=each["carry"],
            carry_cap_minutes=each["cap_minutes"],
            carry_cap_percent=each["cap_percent"],
            borrow_limit_minutes=each["borrow"],
            overage=each["overage"],
            overage_rate=each["rate"],
        )
        for each, ends_on in zip(story["terms"], [*starts[1:], None], strict=True)
    ]
