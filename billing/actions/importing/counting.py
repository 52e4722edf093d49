"""What an import did, counted; and what a person has to hear of single rows."""

from dataclasses import dataclass, fields
from typing import Literal, Self

from billing.rules.importing import ImportRow, RowError
from figures.text import gettext_noop

type Outcome = Literal["listed", "refused", "skipped", "noted"]

UNDATED = gettext_noop("No day is known for this time. Name a column to date it by, with --undated.")
NOT_YET = gettext_noop("That day has not come yet.")
TOO_LONG = gettext_noop("Nobody works for a hundred years. Is the unit of the duration right?")
NO_PERIOD = gettext_noop("The period of this day is closed and no later one is open. Agree terms that reach to today, then import again.")
CHANGED = gettext_noop("This row was imported before and says something else now. What was imported stays.")
SHORTENED = gettext_noop("A text was cut to the length that is kept.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A row that a person should look at. `listed`: its ticket was made, its time was not; `refused`: it cannot be read;
    `skipped`: the mapping leaves it out; `noted`: it was imported, but bent to fit. The sentence is not translated yet.
    """

    outcome: Outcome
    file: str
    line: int
    column: str = ""
    value: str = ""
    sentence: str

    @classmethod
    def of_error(cls, error: RowError) -> Self:
        outcome: Outcome = "skipped" if error.skipped else "refused"
        return cls(outcome=outcome, file=error.file, line=error.line, column=error.column, value=error.value, sentence=error.sentence)

    @classmethod
    def of_row(cls, outcome: Outcome, row: ImportRow, sentence: str) -> Self:
        return cls(outcome=outcome, file=row.file, line=row.line, value=row.external_id, sentence=sentence)


@dataclass(slots=True)
class Imported:
    """What was made, what was there already, and what was not imported. Each row of the files is in one of the row counts."""

    clients: int = 0
    people: int = 0
    engagements: int = 0
    periods: int = 0
    tickets: int = 0
    entries: int = 0
    seconds: int = 0
    entries_there: int = 0
    seconds_there: int = 0
    listed: int = 0
    seconds_listed: int = 0
    refused: int = 0
    skipped: int = 0

    @property
    def rows(self) -> int:
        return self.entries + self.entries_there + self.listed + self.refused + self.skipped

    @property
    def wrote(self) -> bool:
        return bool(self.clients or self.engagements or self.tickets or self.entries)

    def add(self, other: "Imported") -> None:
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))
