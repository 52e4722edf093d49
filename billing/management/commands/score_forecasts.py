from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts import scope
from accounts.actors import system
from billing.actions.forecasting import TAUGHT_DAYS, Replay, replay_history
from billing.rules.forecast import ENOUGH_DAYS
from billing.rules.hindsight import Score
from figures.text import number

ROWS = "{:<44}{:>8}{:>8}{:>12}{:>12}"


class Command(BaseCommand):
    """Replays forecasts over the history that the database holds and tells how they would have fared. Writes nothing."""

    help = "Replay forecasts over all history, imported months too, and print coverage and errors. docs/guides/forecast.md explains them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=int, default=1, metavar="DAYS", help="forecast on every so many business days of a period")
        parser.add_argument("--client", action="append", metavar="CODE", help="only these clients, by code; may be given again")

    def handle(self, *_args: Any, **options: Any) -> None:
        with scope.system("score forecasts"):
            replay = replay_history(actor=system("score forecasts"), codes=options["client"], every=max(1, options["every"]))
        self._tell(replay)

    def _tell(self, replay: Replay) -> None:
        self.stdout.write(ROWS.format("", "ranges", "held", "error, min", "line, min"))
        self._row(f"all ranges ({ENOUGH_DAYS} or more business days)", replay.all)
        self._row(f"{TAUGHT_DAYS} or more business days", replay.taught)
        for code, score in replay.by_client.items():
            self._row(f"  {code}", score)
        self.stdout.write(
            f"{number(replay.lines)} straight lines for want of {ENOUGH_DAYS} business days or of work on them, none of them a range."
        )

    def _row(self, label: str, score: Score) -> None:
        percent = "-" if score.held_percent is None else f"{score.held * 100 / score.ranges:.1f} %"
        cells = (number(score.ranges), percent, number(score.error_minutes), number(score.line_error_minutes))
        self.stdout.write(ROWS.format(label, *cells))
