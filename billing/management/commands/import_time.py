import csv
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from tqdm import tqdm

from accounts import scope
from accounts.actors import system
from accounts.models import Client, Firm
from billing.actions.importing import Finding, Imported, import_time
from billing.actions.importing.carrying import MOST_NAMED
from billing.rules.importing import BadMapping, Mapping, count_rows, load_mapping, nearest, read, shipped, shipped_path, undated_by
from figures.sheets import neutral
from figures.text import number

COLUMNS = ("file", "line", "outcome", "column", "value", "sentence")


class Command(BaseCommand):
    """Imports other people's time. Run again, after a crash or at any time, it doubles nothing."""

    help = "Import time from delimited files, read by a mapping. docs/guides/importing-time.md tells the rules."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--mapping", required=True, help=f"a TOML file, or the name of a shipped one: {', '.join(shipped())}")
        parser.add_argument("--dry-run", action="store_true", help="do and check everything, then take it back")
        parser.add_argument("--undated", metavar="COLUMN", help="date rows that have no day by this column, instead of listing them")
        parser.add_argument("--report", type=Path, default=Path("import-report.csv"), help="where rows that need a look are written (CSV)")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            imported, listed, newcomers = run(options)
        except BadMapping as error:
            raise CommandError(told(error)) from error
        self._tell(imported, is_dry=options["dry_run"])
        self._name(newcomers)
        if listed:
            self.stdout.write(_("%(count)s rows need a look; they are in %(file)s.") % {"count": number(listed), "file": options["report"]})

    def _tell(self, imported: Imported, *, is_dry: bool) -> None:
        if is_dry:
            self.stdout.write(_("This was a dry run. Nothing was written; a real run would have made:"))
        counts = (
            (_("rows read"), imported.rows),
            (_("clients made"), imported.clients),
            (_("people made"), imported.people),
            (_("engagements made"), imported.engagements),
            (_("months of history made"), imported.periods),
            (_("tickets made"), imported.tickets),
            (_("entries made"), imported.entries),
            (_("  their seconds"), imported.seconds),
            (_("entries already there"), imported.entries_there),
            (_("  their seconds"), imported.seconds_there),
            (_("rows listed, without time"), imported.listed),
            (_("  their seconds"), imported.seconds_listed),
            (_("rows refused"), imported.refused),
            (_("rows left out by the mapping"), imported.skipped),
        )
        for label, count in counts:
            self.stdout.write(f"{number(count):>15}  {label}")

    def _name(self, newcomers: "Newcomers") -> None:
        for name, near in newcomers.named:
            told = _("New client: %(name)s. Did you mean %(near)s?") if near else _("New client: %(name)s.")
            self.stdout.write(told % {"name": name, "near": near})


class Newcomers:
    """The first clients that an import makes, each with whom it may have meant of those that were there before."""

    def __init__(self) -> None:
        self.named: list[tuple[str, str]] = []
        with scope.system("import"):
            self._there = list(Client.objects.values_list("name", flat=True))

    def hear(self, _tally: Imported, _findings: Sequence[Finding], _rows: int, made: Sequence[Client]) -> None:
        self.named += [(client.name, nearest(client.name, self._there)) for client in made[: MOST_NAMED - len(self.named)]]


def run(options: dict[str, Any]) -> tuple[Imported, int, Newcomers]:
    """What was imported, how many lines the report has, and the clients that are new. Raises BadMapping, CommandError."""
    mapping = find_mapping(options["mapping"])
    if options["undated"]:
        mapping = undated_by(mapping, options["undated"])
    rows, newcomers = read(options["files"], mapping), Newcomers()
    with (
        tqdm(total=count_rows(options["files"], mapping), unit=" rows", file=sys.stderr, disable=None) as bar,
        report_at(options["report"]) as report,
    ):
        imported = import_time(
            actor=system("import"),
            rows=rows,
            mapping=mapping,
            dry_run=options["dry_run"],
            report=report.add,
            progress=bar.update,
            within=newcomers.hear,
        )
    return imported, report.lines, newcomers


def find_mapping(name: str) -> Mapping:
    """The mapping of a file, or the shipped one of that name; days are the firm's where it names no zone. Raises BadMapping."""
    path = Path(name)
    with scope.system("import"):
        zone = Firm.objects.the().time_zone
    return load_mapping(shipped_path(name) if name in shipped() and not path.exists() else path, zone=zone)


def told(error: BadMapping) -> str:
    """The broken rule, and each fact that helps to find its place on a line of its own."""
    facts = (f"  {name}: {', '.join(map(str, fact)) if isinstance(fact, list) else fact}" for name, fact in error.facts.items())
    return "\n".join([_(error.sentence), *facts])


class Report:
    """A CSV file of rows that need a look, one line each, written as they come."""

    def __init__(self, file: Any) -> None:
        self.lines = 0
        self._rows = csv.writer(file)
        self._rows.writerow(COLUMNS)

    def add(self, finding: Finding) -> None:
        self.lines += 1
        cells = (finding.file, finding.outcome, finding.column, finding.value, _(finding.sentence))
        file, *rest = map(neutral, cells)
        self._rows.writerow([file, finding.line, *rest])


@contextmanager
def report_at(path: Path) -> Iterator[Report]:
    """A report in a file, which is not left behind empty. Raises CommandError where it cannot be written."""
    try:
        file = path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise CommandError(_("The report cannot be written: %(detail)s") % {"detail": error}) from error
    with file:
        report = Report(file)
        try:
            yield report
        finally:
            if not report.lines:
                path.unlink()
