"""A small shop's time file, as dirty as real ones, and what an import must leave behind."""

from pathlib import Path
from typing import Any

from django.db.models import F, Sum

from accounts.actors import system
from billing.actions.importing import Imported, import_time
from billing.models import Period, TimeEntry
from billing.rules.importing import Mapping, parse_mapping, read
from tickets.models import Ticket, TicketCounter

IMPORTING = system("import")
MAPPING = """
name = "shop"
zone = "Europe/Berlin"
na = ["", "NA"]

[[files]]
name = "*.csv"

[fields]
external_id = { column = "id" }
client_code = { column = "firm" }
person_key = { column = "who" }
ticket_key = { column = "task" }
ticket_subject = { column = "what" }
ticket_closed_on = { column = "done" }
status = { column = "state", default = "closed" }
duration = { column = "hours" }
note = { column = "what" }

[dating]
columns = ["day"]
"""
HEADER = "id,firm,who,task,what,hours,day,done,state\n"
# Latin-1 names, a task over several rows and people, no days, no people, no hours, an odd firm, a formula.
DIRTY = (
    HEADER
    + """1,north-mill,J\u00f6rg,T1,"Fix it, again",0.7,2019-03-31,2019-04-02,
2,north-mill,Ada,T1,"Fix it, again","2,100.5",2019-04-01,2019-04-02,
3,north-mill,J\u00f6rg,T2,=cmd(),0.01,2019-04-01,,open
4,north-mill,J\u00f6rg,T2,=cmd(),1,,,open
5,\u0160vejk & Sons,Ada,T1,Another T1,1.25,2020-02-29,,
6,\u0160vejk & Sons,NA,T3,Nobody,1,2020-02-29,,
7,\u0160vejk & Sons,Ada,,No task,0.5,2020-03-01,,
8,\u0160vejk & Sons,Ada,T4,Nothing,0,2020-03-01,,
9,north-mill,Ada,T5,Never dated,2,NA,,
10,north-mill,Ada,T1,"Fix it, again",3,2019-05-01,2019-04-02,
"""
)
DATED_SECONDS = 2520 + 7_561_800 + 36 + 4500 + 1800 + 10_800
UNDATED_SECONDS = 3600 + 7200
SHOP = parse_mapping(MAPPING)


def rows_in(folder: Path, text: str = DIRTY, how: Mapping = SHOP) -> Any:
    """The rows of a file with this text, read anew."""
    path = folder / "time.csv"
    path.write_text(text, encoding="utf-8")
    return read([path], how)


def run_in(folder: Path, text: str = DIRTY, how: Mapping = SHOP, **more: Any) -> Imported:
    return import_time(actor=IMPORTING, rows=rows_in(folder, text, how), mapping=how, **more)


def line(number: int, day: object, hours: object, *, firm: str = "ACM", task: str = "T1", done: str = "") -> str:
    return f"{number},{firm},Ada,{task},Care,{hours},{day},{done},\n"


def seconds_in_all() -> int:
    return int(TimeEntry.objects.aggregate(all=Sum("raw_seconds"))["all"])


def assert_history_foots() -> None:
    for period in Period.objects.filter(is_history=True):
        burned = period.entries.aggregate(all=Sum("burn_minutes"))["all"]
        assert (period.used_minutes, period.absorbed_minutes, period.capacity_minutes) == (burned, burned, 0)
        assert period.closed_at is not None
    assert (
        not TimeEntry.objects.filter(period__is_history=True)
        .exclude(work_date__gte=F("period__starts_on"), work_date__lt=F("period__ends_on"))
        .exists()
    )


def assert_numbered_without_gaps() -> None:
    for counter in TicketCounter.objects.all():
        numbers = Ticket.objects.filter(client_id=counter.client_id).order_by("number").values_list("number", flat=True)
        assert list(numbers) == list(range(1, counter.last_number + 1))
