"""The rows of an import that a person should look at, as a file."""

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO

from django.utils.translation import gettext as _

from billing.models import ImportRun
from figures.sheets import Cell, write_csv

COLUMNS = ("file", "line", "outcome", "column", "value", "sentence")
KEPT_IN_MEMORY = 2 * 1024 * 1024


def report_of(run: ImportRun) -> IO[bytes]:
    """CSV with a line for each row to look at, in the reader's language. Memory does not grow with their number; close it."""
    file: IO[bytes] = SpooledTemporaryFile(KEPT_IN_MEMORY)  # noqa: SIM115 (the answer closes it)
    write_csv(file, COLUMNS, _lines(run))
    file.seek(0)
    return file


def _lines(run: ImportRun) -> Iterator[list[Cell]]:
    for values in run.findings.order_by("pk").values_list(*COLUMNS).iterator(chunk_size=1000):
        *cells, sentence = values
        yield [*cells, _(sentence)]
