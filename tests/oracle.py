"""The hour ledger a second time, written from its specification alone: minute by minute, day by day, in plain dicts.

It shares no line with the rules it checks and is as slow as it looks. A story (tests/oracle_stories.py) goes in, and for each of its
periods the sums, the life of each lot, and what covered every minute of every entry come out.
"""

import datetime as dt
from calendar import monthrange
from collections import Counter
from fractions import Fraction
from typing import Any

type Minute = tuple[str, str | None, str | None]  # what became of it, the lot that covered it, the consent that was used

DAY = dt.timedelta(days=1)
NEVER = dt.date.max
SUMS = ("opening", "granted", "adjusted", "covered", "expired", "closing", "borrowed", "overage", "unauthorised", "absorbed", "used")
CALLED_IN = ("repaid", "unrepaid", "unrepaid_overage", "unrepaid_unauthorised", "unrepaid_absorbed")


def periods_of(story):
    """The periods as [first, end) days: walked day by day, a new one on each anchor day."""
    found: list[tuple[dt.date, dt.date]] = []
    first = story["begins"]
    while len(found) < story["count"]:
        day = first + DAY
        while not is_anchor(story, day) and day != story["ends"]:
            day += DAY
        found.append((first, day))
        if day == story["ends"]:
            break
        first = day
    return found


def is_anchor(story, day):
    if story["unit"] == "week":
        return day.isoweekday() == story["anchor"]
    anchored = day.day == min(story["anchor"], monthrange(day.year, day.month)[1])
    return anchored and (story["unit"] == "month" or day.month in {1, 4, 7, 10})


def natural_length(story, first):
    """Days of the whole period that a day lies in, however little of it is served."""
    back, ahead = first, first + DAY
    while not is_anchor(story, back):
        back -= DAY
    while not is_anchor(story, ahead):
        ahead += DAY
    return (ahead - back).days


def terms_on(story, day):
    return [terms for terms in story["terms"] if terms["from"] <= day][-1]


def rounded(number):
    """Half away from zero."""
    return int(number + Fraction(1, 2)) if number >= 0 else -int(-number + Fraction(1, 2))


def grants_of(story, index, period):
    """One lot for each version of the terms that is in force on a day of the period; the parts add up to the rounded whole."""
    first, end = period
    days: Counter[int] = Counter()
    day = first
    while day < end:
        days[story["terms"].index(terms_on(story, day))] += 1
        day += DAY
    if terms_on(story, first)["proration"] == "none":
        days = Counter({story["terms"].index(terms_on(story, first)): natural_length(story, first)})
    lots: list[dict[str, Any]] = []
    exact, given = Fraction(0), 0
    for version in sorted(days):
        terms = story["terms"][version]
        exact += Fraction(terms["base"] * days[version], natural_length(story, first))
        minutes, given = rounded(exact) - given, rounded(exact)
        if minutes:
            name = f"grant-{index:03d}-{len(lots)}"
            until = lives_until(story, end, terms["carry"])
            lots.append({"id": name, "kind": "grant", "minutes": minutes, "from": first, "until": until, "priority": 0, "scope": ()})
    return lots


def lives_until(story, end, further):
    """The end of the period so many after the one that ends on a day."""
    day = end
    for _ in range(further):
        day += DAY
        while not is_anchor(story, day):
            day += DAY
    return day


def tell(story):
    """The whole story: a list with the result of each period, and what was used of each consent."""
    periods = periods_of(story)
    grants = [grants_of(story, index, period) for index, period in enumerate(periods)]
    consents = {each["id"]: {**each, "used": 0, "spent": Fraction(0)} for each in story["consents"]}
    carried: list[dict[str, Any]] = []
    whereabouts: dict[str, list[Minute]] = {}
    owed, results = 0, []
    for index, period in enumerate(periods):
        lots = [{**lot, "left": lot["minutes"], "is_carried": True} for lot in carried]
        borrowed_before = owed
        for lot in sorted(grants[index], key=drawn_before):
            repaid = min(owed, lot["minutes"])
            owed -= repaid
            lots.append({**lot, "left": lot["minutes"] - repaid, "is_carried": False})
        lots += [{**lot, "left": lot["minutes"], "is_carried": False} for lot in story["lots"] if lot["period"] == index]
        for correction in (each for each in story["corrections"] if each["period"] == index):
            lots += given_back(correction, whereabouts[correction["entry"]], period)
        lendable = promised_after(story, index, grants)
        pays = sorted((lot for lot in lots if lot["kind"] == "adjustment"), key=drawn_before) if is_the_end(story, period) else []
        for lot in pays:
            while owed and lot["left"]:
                owed -= 1
                lot["left"] -= 1
        repaid, called_in = borrowed_before - owed, []
        if is_the_end(story, period):
            terms = terms_on(story, period[0])
            called_in = [beyond(terms, period[0], terms["rate"], consents)[::2] for _ in range(owed)]
            owed = 0
        result = work_through(story, period, lots, consents, {"lendable": lendable, "index": index})
        fates = Counter(fate for fate, _ in called_in)
        result["sums"] |= {f"unrepaid_{fate}": fates[fate] for fate in ("overage", "unauthorised", "absorbed")}
        result["sums"] |= {"repaid": repaid, "unrepaid": len(called_in)}
        result["called_in"] = Counter(called_in)
        whereabouts |= result["where"]
        carried, owed = result["carried"], owed + result["sums"]["borrowed"]
        results.append(result)
    return results, consents


def is_the_end(story, period):
    return story["ends"] is not None and period[1] >= story["ends"]


def promised_after(story, index, grants):
    """What the period after was to be granted when this one closed: notice that came later took some of it away again."""
    if index + 1 == len(grants):
        return None
    if story.get("notice_came_late") and index + 2 == len(grants):
        unended = {**story, "ends": None, "count": len(grants)}
        return sum(lot["minutes"] for lot in grants_of(unended, index + 1, periods_of(unended)[index + 1]))
    return sum(lot["minutes"] for lot in grants[index + 1])


def given_back(correction, where, period):
    """The lot that a correction of a closed period leaves: the minutes drawn last go back first, those of no lot are not hours."""
    last = where[len(where) - correction["minutes"] :]
    minutes = sum(1 for kind, _, _ in last if kind in {"covered", "borrowed"})
    if not minutes:
        return []
    lot = {"id": correction["id"], "kind": "adjustment", "minutes": minutes, "left": minutes, "from": period[0], "until": period[1]}
    return [{**lot, "priority": 0, "scope": (), "is_carried": False}]


def order_of(entry, first):
    """Late work is as of the first day, before everything else of it; a missing start or name comes last."""
    late = entry["day"] < first
    named = tuple((value is None, value or "") for value in (entry["ticket"], entry["person"]))
    started = (entry["start"] is None, entry["start"] or dt.datetime.min.replace(tzinfo=dt.UTC))
    rate = (entry["rate"] is None, entry["rate"] or 0)
    return (not late, entry["day"], started, entry["area"], *named, entry["kind"], rate, entry["minutes"], entry["id"])


def drawn_before(lot):
    """The order in which lots are drawn on; what was borrowed was drawn in it too, so that is how it is paid back."""
    return lot["priority"], lot["until"], lot["from"], lot["id"]


def work_through(story, period, lots, consents, more):
    first, end = period
    is_last = is_the_end(story, period)
    at_close = terms_on(story, end - DAY)
    lendable = borrowable(at_close, more["lendable"], is_last)
    opening = {lot["id"]: lot["left"] for lot in lots}
    where: dict[str, list[Minute]] = {}
    for entry in sorted((each for each in story["entries"] if each["period"] == more["index"]), key=lambda each: order_of(each, first)):
        where[entry["id"]] = drawn = []
        worked = max(entry["day"], first)
        usable = [lot for lot in lots if lot["from"] <= worked < lot["until"] and (not lot["scope"] or entry["area"] in lot["scope"])]
        usable.sort(key=drawn_before)
        terms = terms_on(story, worked)
        rate = entry["rate"] if entry["rate"] is not None else terms["rate"]
        for _ in range(entry["minutes"]):
            lot = next((lot for lot in usable if lot["left"]), None)
            if lot:
                lot["left"] -= 1
                drawn.append(("covered", lot["id"], None))
            elif lendable:
                lendable -= 1
                drawn.append(("borrowed", None, None))
            else:
                drawn.append(beyond(terms, entry["day"], rate, consents))
    return closed(lots, opening, where, at_close, period, is_last)


def borrowable(terms, next_grant, is_last):
    """How many minutes the period may still borrow; the last one has nobody to borrow from."""
    if is_last:
        return 0
    limits = [limit for limit in (terms["borrow"], next_grant) if limit is not None]
    return min(limits) if limits else 10**9


def beyond(terms, day, rate, consents):
    """What becomes of one minute that no lot covers and that cannot be borrowed."""
    if terms["overage"] == "bill":
        return "overage", None, None
    if terms["overage"] == "absorb":
        return "absorbed", None, None
    for consent in sorted(consents.values(), key=lambda each: (each["until"] or NEVER, each["id"])):
        price = Fraction(rate or 0) / 60
        has_minutes = consent["minutes"] is None or consent["used"] < consent["minutes"]
        has_money = consent["money"] is None or consent["spent"] + price <= Fraction(consent["money"])
        if has_minutes and has_money and (consent["until"] is None or day < consent["until"]):
            consent["used"] += 1
            consent["spent"] += price
            return "overage", None, consent["id"]
    return "unauthorised", None, None


def closed(lots, opening, where, at_close, period, is_last):
    """What expires and what lives on, and the sums."""
    covered = Counter(lot for drawn in where.values() for kind, lot, _ in drawn if kind == "covered")
    kinds = Counter(kind for drawn in where.values() for kind, _, _ in drawn)
    expired: Counter[str] = Counter()
    for lot in lots:
        if is_last or lot["until"] <= period[1]:
            expired[lot["id"]], lot["left"] = lot["left"], 0
    cap = carry_cap(at_close)
    excess = 0 if cap is None else sum(lot["left"] for lot in lots if lot["kind"] == "grant") - cap
    for lot in sorted((lot for lot in lots if lot["kind"] == "grant"), key=lambda lot: (lot["until"], lot["from"], lot["id"])):
        while excess > 0 and lot["left"]:
            expired[lot["id"]] += 1
            lot["left"] -= 1
            excess -= 1
    carried = [{**lot, "minutes": lot["left"]} for lot in lots if lot["left"]]
    new = [lot for lot in lots if not lot["is_carried"]]
    sums = {
        "opening": sum(opening[lot["id"]] for lot in lots if lot["is_carried"]),
        "granted": sum(opening[lot["id"]] for lot in new if lot["kind"] != "adjustment"),
        "adjusted": sum(opening[lot["id"]] for lot in new if lot["kind"] == "adjustment"),
        "expired": sum(expired.values()),
        "closing": sum(lot["left"] for lot in lots),
        "used": sum(kinds.values()),
        **{kind: kinds[kind] for kind in ("covered", "borrowed", "overage", "unauthorised", "absorbed")},
    }
    life = {lot["id"]: (opening[lot["id"]], covered[lot["id"]], expired[lot["id"]], lot["left"]) for lot in lots}
    return {"sums": sums, "lots": life, "where": where, "carried": carried}


def carry_cap(terms):
    """The fewest minutes that any cap of the terms lets through."""
    caps = [] if terms["cap_minutes"] is None else [terms["cap_minutes"]]
    if terms["cap_percent"] is not None:
        caps.append(rounded(Fraction(terms["base"] * terms["cap_percent"], 100)))
    return min(caps) if caps else None
