"""Every list is had as one file: the same rows, filters and wall as its pages, and no cell that a spreadsheet would carry out."""

import csv
import io
import json
import tracemalloc
from decimal import Decimal
from zipfile import ZipFile

import pytest

from figures.sheets import write_xlsx
from tests import cast
from tests.api_cast import Program, refused, results
from tests.test_api_lists import file

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LISTS = ["clients", "engagements", "systems", "tickets", "time-entries", "periods", "alerts", "people", "proposals"]


@pytest.fixture
def program(ada, acorn, key):
    return Program(key(ada))


def content(answer):
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def table(answer):
    return list(csv.DictReader(io.StringIO(content(answer).decode(), newline="")))


def sheet(data, number=1):
    return ZipFile(io.BytesIO(data)).read(f"xl/worksheets/sheet{number}.xml").decode()


@pytest.mark.parametrize("path", LISTS)
def test_every_list_is_a_file_in_every_format(program, acorn, rob, ines, path):
    cast.log(ines, acorn, minutes=10, ticket=cast.ask(rob, acorn))
    rows = results(program.get(path))
    assert len(table(program.get(path, format="csv"))) == len(rows)
    assert sheet(content(program.get(path, format="xlsx"))).count("<row ") == len(rows) + 1
    assert json.loads(content(program.get(path, format="json"))) == {"results": rows, "next": None, "previous": None}
    assert [json.loads(line) for line in content(program.get(path, format="jsonl")).splitlines() if line] == rows


@pytest.mark.parametrize(("accept", "ending"), [("text/csv", "csv"), (XLSX, "xlsx"), ("application/x-ndjson", "jsonl")])
def test_accept_asks_for_a_file_as_format_does(ada, acorn, key, accept, ending):
    answer = Program(key(ada), Accept=accept).get("clients")
    assert answer["Content-Type"] == accept
    assert answer["Content-Disposition"] == f'attachment; filename="clients.{ending}"'
    assert content(answer)


def test_a_file_is_named_by_the_list_it_holds(program, acorn):
    for path, name in (("calendars", "calendars"), ("statements", "statements"), (f"engagements/{acorn.engagement.pk}/lots", "lots")):
        answer = program.get(path, format="csv")
        assert answer["Content-Disposition"] == f'attachment; filename="{name}.csv"'
        assert content(answer)


def test_a_browsers_accept_reads_pages_and_a_file_of_nothing_known_is_refused(ada, acorn, key):
    assert results(Program(key(ada), Accept="text/html,application/xhtml+xml,*/*;q=0.8").get("clients"))
    refused(Program(key(ada), Accept="application/pdf").get("clients"), 406, "not-acceptable")
    refused(Program(key(ada), Accept="text/csv").get("clients", colour="red"), 400, "unknown-parameter")
    assert refused(Program(key(ada)).get("clients", format="pdf"), 400, "invalid-parameter")["errors"][0]["allowed"]


def test_a_file_has_all_rows_in_order_under_the_filter_and_says_no_to_pages(program, acorn, cobalt):
    file(acorn, range(1, 2_501))
    file(cobalt, range(1, 4))
    rows = table(program.get("tickets", format="csv", client=acorn.client.pk, ordering="id"))
    assert [row["reference"] for row in rows] == [f"ACM-{number}" for number in range(1, 2_501)]
    refused(program.get("tickets", format="csv", limit=5), 400, "invalid-parameter")
    refused(program.get("tickets", format="csv", expand="client"), 400, "invalid-parameter")


def test_a_file_is_held_to_the_wall(acorn, cobalt, nadia, rob, key):
    file(acorn, range(1, 4))
    file(cobalt, range(1, 3))
    assert {row["client.code"] for row in table(Program(key(nadia)).get("tickets", format="csv"))} == {"CBF"}
    assert not any("fee" in name for name in table(Program(key(rob)).get("engagements", format="csv"))[0])


def test_columns_are_chosen_as_fields_are(program, acorn):
    file(acorn, [1])
    assert table(program.get("tickets", format="csv", fields="reference,client"))[0].keys() == {
        "id",
        "reference",
        "client.id",
        "client.name",
        "client.code",
    }


def test_nothing_in_a_cell_is_carried_out(program, acorn, rob):
    cast.ask(rob, acorn, subject='=HYPERLINK("http://evil.example","Click")')
    assert table(program.get("tickets", format="csv"))[0]["subject"].startswith("'=HYPERLINK")
    written = sheet(content(program.get("tickets", format="xlsx")))
    assert "=HYPERLINK" in written
    assert "<f>" not in written
    assert "hyperlink " not in written


def test_numbers_days_and_moments_are_what_they_are(program, acorn, ines):
    entry = cast.log(ines, acorn, minutes=10)
    row = table(program.get("time-entries", format="csv"))[0]
    assert (row["raw_seconds"], row["work_date"], row["is_late"]) == ("600", entry.work_date.isoformat(), "false")
    assert row["created_at"].endswith("Z")
    written = sheet(content(program.get("time-entries", format="xlsx", fields="raw_seconds")))
    assert "<v>600</v>" in written


def test_a_sheet_that_is_full_goes_on_to_the_next(monkeypatch):
    monkeypatch.setattr("figures.sheets.MOST_ROWS_OF_A_SHEET", 3)
    book = io.BytesIO()
    write_xlsx(book, ["sum", "text"], [[Decimal("1.50"), "é" * 40_000]] * 5)
    assert [sheet(book.getvalue(), number).count("<row ") for number in (1, 2, 3)] == [3, 3, 2]
    assert "…" in sheet(book.getvalue())


@pytest.mark.parametrize("kind", ["csv", "xlsx", "jsonl"])
def test_memory_does_not_grow_with_the_list(program, acorn, kind):
    file(acorn, range(1, 1_001))
    content(program.get("tickets", format=kind))

    def peak():
        tracemalloc.start()
        for _ in program.get("tickets", format=kind).streaming_content:
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    small = peak()
    file(acorn, range(1_001, 8_001))
    assert peak() < small + 4 * 1024 * 1024
