"""Other people's time files: dirty ones, read to the second, with every row accounted for."""

import datetime as dt
import tracemalloc
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.importing import BadMapping, ImportRow, RowError, count_rows, load_mapping, parse_mapping, read, undated_by

SIP = Path(__file__).parent.parent / "billing" / "mappings" / "sip.toml"

# The dirt of real files: Windows quotation marks, NA, missing days, several people on a task, commas in summaries.
TASKS = """TaskNumber,Summary,Priority,StatusCode,ProjectCode,Category,SubCategory,HoursEstimate,DeveloperID,DeveloperHoursActual
101,"Mill\u2019s report, again",1,"FINISHED","PC2","Development","Bug",7,58,0.7
101,"Mill\u2019s report, again",1,"FINISHED","PC2","Development","Bug",7,42,0.01
102,"Say ""rye"" twice",10,"CHRONICLE","PC2","Management","Staff Meeting",NA,58,2100.5
103,"Never begun",3,"ESTIMATED","PC9","Operational","Training",1.5,NA,1
104,"Begun only",2,"CANCELLED","PC9","Operational","Training",1.5,7,1.25
105,"No day at all",2,"AUTHORISE","PC9","Development","Testing",1.5,7,3
106,"No time",2,"RELEASED","PC9","Development","Testing",1.5,7,0
"""
DATES = """TaskNumber,EstimateOn,StartedOn,CompletedOn
101,02-Nov-04,02-Nov-04,16-Nov-04
101,02-Nov-04,02-Nov-04,16-Nov-04
102,02-Jan-13,02-Jan-13,31-Dec-13
103,05-Nov-04,,
104,05-Nov-04,06-Nov-04,
105,09-Nov-04,,
106,09-Nov-04,09-Nov-04,09-Nov-04
"""


def written(folder, encoding="cp1252", **files):
    paths = []
    for name, text in files.items():
        path = folder / f"{name}.csv"
        path.write_bytes(text.encode(encoding))
        paths.append(path)
    return paths


def split(results):
    results = list(results)
    return [r for r in results if isinstance(r, ImportRow)], [r for r in results if isinstance(r, RowError)]


@pytest.fixture
def sip():
    return load_mapping(SIP)


@pytest.fixture
def sip_files(tmp_path):
    return written(tmp_path, tasks=TASKS, dates=DATES)


def test_a_task_with_several_people_is_one_ticket_with_the_time_of_each(sip, sip_files):
    rows, _ = split(read(sip_files, sip))
    first, second = rows[:2]
    assert (first.client_code, first.client_name, first.engagement_name) == ("PC2", "Project PC2", "Software care")
    assert (first.person_key, first.person_name, first.raw_seconds) == ("58", "Developer 58", 2520)
    assert (second.person_key, second.raw_seconds) == ("42", 36)
    assert first.ticket_key == second.ticket_key == "101"
    assert first.ticket_subject == "Mill\u2019s report, again"
    assert (first.kind, first.service_area, first.priority) == ("incident", "integration_maintenance", 1)
    assert (first.status, first.reason, first.estimate_seconds) == ("closed", "done", 25_200)
    assert (first.ticket_opened_on, first.ticket_closed_on) == (dt.date(2004, 11, 2), dt.date(2004, 11, 16))
    assert (first.file, first.line, first.note, first.remarks) == ("tasks.csv", 2, "Development, Bug", ())


def test_a_duration_of_months_on_one_row_is_kept(sip, sip_files):
    row = next(row for row in read(sip_files, sip) if isinstance(row, ImportRow) and row.ticket_key == "102")
    assert row.raw_seconds == 2100 * 3600 + 1800
    assert (row.ticket_subject, row.estimate_seconds, row.priority) == ('Say "rye" twice', None, 4)


def test_every_row_is_work_or_an_error_with_its_line(sip, sip_files):
    rows, errors = split(read(sip_files, sip))
    assert len(rows) + len(errors) == count_rows(sip_files, sip) == 7
    assert [(error.line, error.column, error.value, error.sentence) for error in errors] == [
        (5, "DeveloperID", "", "This row does not say whose it is."),
        (8, "DeveloperHoursActual", "0", "The duration of this row is zero."),
    ]


def test_a_row_is_dated_on_the_first_day_that_is_there_or_listed_without_one(sip, sip_files):
    days = {row.ticket_key: row.work_date for row in split(read(sip_files, sip))[0]}
    assert days == {"101": dt.date(2004, 11, 16), "102": dt.date(2013, 12, 31), "104": dt.date(2004, 11, 6), "105": None}


def test_rows_without_a_day_take_that_of_another_column_when_asked(sip, sip_files):
    days = {row.ticket_key: row.work_date for row in split(read(sip_files, undated_by(sip, "EstimateOn")))[0]}
    assert days["105"] == dt.date(2004, 11, 9)
    assert days["104"] == dt.date(2004, 11, 6)


def test_a_second_reading_gives_the_same_ids(sip, sip_files):
    first, second = ([row.external_id for row in split(read(sip_files, sip))[0]] for _ in range(2))
    assert first == second == ["101-58", "101-42", "102-58", "104-7", "105-7"]


def test_an_id_that_comes_twice_is_reported(sip, tmp_path):
    files = written(tmp_path, tasks=TASKS + TASKS.splitlines()[1] + "\n", dates=DATES)
    last = split(read(files, sip))[1][-1]
    assert (last.line, last.value, last.sentence) == (9, "101-58", "A row before this one has the same id.")


def test_a_side_file_that_contradicts_itself_is_reported(sip, tmp_path):
    files = written(tmp_path, tasks=TASKS, dates=DATES + "104,05-Nov-04,07-Nov-04,\n")
    rows, errors = split(read(files, sip))
    assert (errors[0].file, errors[0].line, errors[0].column) == ("dates.csv", 9, "TaskNumber")
    assert next(row for row in rows if row.ticket_key == "104").work_date == dt.date(2004, 11, 6)


PLAIN = """
name = "plain"
zone = "America/New_York"
[fields]
client_code = { column = "Client" }
person_key = { column = "Who" }
duration = { column = "Time" }
[dating]
columns = ["Day"]
"""


def plain(tmp_path, body, mapping=PLAIN, header="Client,Who,Day,Time", encoding="utf-8"):
    return split(read(written(tmp_path, encoding, time=f"{header}\n{body}"), parse_mapping(mapping)))


@pytest.mark.parametrize(
    ("unit", "decimal", "cell", "seconds"),
    [
        ("hours", ".", "0.7", 2520),
        ("hours", ".", '"2,100.5"', 7_561_800),
        ("hours", ".", ".25", 900),
        ("hours", ",", '"2.100,5"', 7_561_800),
        ("hours", ",", '"0,1"', 360),
        ("minutes", ".", "90", 5400),
        ("minutes", ".", "0.5", 30),
        ("seconds", ".", "61", 61),
        ("clock", ".", "1:30", 5400),
        ("clock", ".", "00:00:01", 1),
        ("clock", ".", "2100:30:00", 7_561_800),
    ],
)
def test_durations_are_exact_in_every_unit(tmp_path, unit, decimal, cell, seconds):
    mapping = f'decimal = "{decimal}"\n' + PLAIN.replace('column = "Time"', f'column = "Time", unit = "{unit}"')
    rows, _ = plain(tmp_path, f"ACM,mara,2026-11-20,{cell}\n", mapping)
    assert [(row.raw_seconds, row.remarks) for row in rows] == [(seconds, ())]


@given(st.integers(1, 10**9))
def test_hundredths_of_an_hour_are_never_off_by_a_second(tmp_path_factory, hundredths):
    folder = tmp_path_factory.mktemp("hours")
    rows, _ = plain(folder, f"ACM,mara,2026-11-20,{hundredths // 100}.{hundredths % 100:02}\n")
    assert rows[0].raw_seconds == hundredths * 36


@pytest.mark.parametrize(("cell", "seconds"), [("1.3333", 4800), ("0.0001389", 1), ("0.33333333333333331", 1200), ("0.00125", 5)])
def test_a_fraction_of_a_second_is_rounded_half_up_and_said(tmp_path, cell, seconds):
    rows, _ = plain(tmp_path, f"ACM,mara,2026-11-20,{cell}\n")
    assert rows[0].raw_seconds == seconds
    assert rows[0].remarks == ("The duration was rounded to a whole second.",)
    assert abs(Fraction(cell) * 3600 - seconds) <= Fraction(1, 2)


@pytest.mark.parametrize("cell", ["-1", "1e3", "1h30", "1,5", "1,00.5", "abc", ".", "1:30", "\u0661", "0.0001"])
def test_a_duration_that_is_none_is_an_error_with_the_cell(tmp_path, cell):
    rows, errors = plain(tmp_path, f'ACM,mara,2026-11-20,"{cell}"\n')
    assert rows == []
    assert [(error.line, error.column, error.value) for error in errors] == [(2, "Time", cell)]


def test_a_clock_shows_no_sixty_minutes(tmp_path):
    rows, errors = plain(tmp_path, "ACM,mara,2026-11-20,1:60\n", PLAIN.replace('column = "Time"', 'column = "Time", unit = "clock"'))
    assert (rows, errors[0].sentence) == ([], "No duration can be read here.")


def test_a_day_that_is_none_is_an_error_even_where_another_column_has_one(tmp_path):
    mapping = PLAIN.replace('["Day"]', '["Day", "Other"]')
    rows, errors = plain(tmp_path, "ACM,mara,2026-02-30,1,2026-02-01\n", mapping, "Client,Who,Day,Time,Other")
    assert (rows, errors[0].column, errors[0].value) == ([], "Day", "2026-02-30")


def test_a_moment_falls_on_its_day_in_the_zone_of_the_mapping(tmp_path):
    rows, _ = plain(tmp_path, "ACM,mara,2026-02-01T03:30:00Z,1\nACM,mara,2026-02-01T23:30,1\n")
    assert [row.work_date for row in rows] == [dt.date(2026, 1, 31), dt.date(2026, 2, 1)]


def test_identical_rows_without_an_id_are_told_apart_and_found_again(tmp_path):
    body = "ACM,mara,2026-11-20,1\nACM,ines,2026-11-20,1\nACM,mara,2026-11-20,1\n"
    rows, _ = plain(tmp_path, body)
    again, _ = plain(tmp_path, "".join(reversed(body.splitlines(keepends=True))) + "ACM,mara,2026-11-20,1\n")
    assert rows[2].external_id == rows[0].external_id + "-2"
    assert {row.external_id for row in rows} < {row.external_id for row in again}
    assert len({row.external_id for row in again}) == 4


@pytest.mark.parametrize(
    ("encoding", "who"),
    [
        ("utf-8", "J\u00f6rg"),
        ("utf-8-sig", "J\u00f6rg"),
        ("cp1252", "J\u00f6rg \u2019"),
        ("latin-1", "J\u00f6rg \x81"),
        ("utf-16", "J\u00f6rg"),
    ],
)
def test_the_encoding_is_found(tmp_path, encoding, who):
    rows, _ = plain(tmp_path, f"ACM,{who},2026-11-20,1\n", encoding=encoding)
    assert [row.person_name for row in rows] == [who]


def test_a_stated_encoding_is_believed_or_refused(tmp_path):
    stated = PLAIN.replace("[fields]", '[[files]]\nencoding = "utf-8"\n[fields]')
    with pytest.raises(BadMapping, match="not in the encoding"):
        plain(tmp_path, "ACM,J\u00f6rg,2026-11-20,1\n", stated, encoding="cp1252")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_shows_the_columns(tmp_path, delimiter):
    lines = ["Client", "Who, in full", "Day", "Time"], ["ACM", "Adams, Mara", "2026-11-20", "1"]
    header, row = (delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in line) for line in lines)
    rows, _ = plain(tmp_path, row + "\n", PLAIN.replace('"Who"', '"Who, in full"'), header)
    assert [row.person_key for row in rows] == ["Adams, Mara"]


def test_misshapen_rows_are_errors_and_what_stands_around_them_is_read(tmp_path):
    body = 'A,mara,2026-11-20,1\nA,mara\n\nA,"ma\nra",2026-11-20,2\nA,mara,2026-11-20,3,4\nA,ines,2026-11-20,5\n'
    rows, errors = plain(tmp_path, body)
    assert [(row.line, row.person_key, row.raw_seconds // 3600) for row in rows] == [(2, "mara", 1), (5, "ma\nra", 2), (8, "ines", 5)]
    assert [(error.line, error.value, error.sentence) for error in errors] == [
        (3, "A,mara", "This row has more or fewer cells than the header."),
        (7, "A,mara,2026-11-20,3,4", "This row has more or fewer cells than the header."),
    ]


@pytest.mark.parametrize("rows_below", [3, 8_000])
@pytest.mark.parametrize("spoilt", ['A,"mara,2026-11-20,1\n', 'A,mara,2026-11-20,"1\n'])
def test_a_quotation_mark_left_open_spoils_its_own_row_only(tmp_path, spoilt, rows_below):
    rows, errors = plain(tmp_path, "A,mara,2026-11-20,1\n" + spoilt + "A,ines,2026-11-20,1\n" * rows_below)
    assert len(rows) == 1 + rows_below
    assert [(error.line, error.value, error.sentence) for error in errors] == [
        (3, spoilt.strip(), "This row cannot be read. Is a quotation mark left open?")
    ]


def test_rows_that_the_mapping_skips_are_listed_with_its_reason(tmp_path):
    mapping = PLAIN + '[[skip]]\ncolumn = "Who"\nvalues = ["total"]\nreason = "A line of sums."\n'
    rows, errors = plain(tmp_path, "ACM,mara,2026-11-20,1\nACM,total,2026-11-20,1\n", mapping)
    assert len(rows) == 1
    assert [(error.line, error.value, error.sentence, error.skipped) for error in errors] == [(3, "total", "A line of sums.", True)]


def test_a_value_without_a_translation_is_an_error(tmp_path):
    mapping = PLAIN.replace("[dating]", 'kind = { column = "Kind", values = { Bug = "incident" } }\n[dating]')
    rows, errors = plain(tmp_path, "A,m,2026-11-20,1,Bug\nA,m,2026-11-20,1,Wish\nA,m,2026-11-20,1,\n", mapping, "Client,Who,Day,Time,Kind")
    assert [row.kind for row in rows] == ["incident", None]
    assert [(error.line, error.column, error.value) for error in errors] == [(3, "Kind", "Wish")]


def test_a_word_that_is_not_ours_needs_a_translation(tmp_path):
    mapping = PLAIN.replace("[dating]", 'kind = { column = "Kind" }\n[dating]')
    rows, errors = plain(tmp_path, "A,m,2026-11-20,1,question\nA,m,2026-11-20,1,Wish\n", mapping, "Client,Who,Day,Time,Kind")
    assert [row.kind for row in rows] == ["question"]
    assert [error.value for error in errors] == ["Wish"]


def test_a_subject_too_long_for_a_ticket_is_cut_and_said(tmp_path):
    mapping = PLAIN.replace("[dating]", 'ticket_subject = { column = "Subject" }\n[dating]')
    rows, _ = plain(tmp_path, f"A,m,2026-11-20,1,{'x' * 201}\n", mapping, "Client,Who,Day,Time,Subject")
    assert (len(rows[0].ticket_subject), rows[0].remarks) == (200, ("The subject was cut to 200 characters.",))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("name = ", None),
        (PLAIN.replace('name = "plain"', ""), "name"),
        (PLAIN.replace("America/New_York", "Mars/Olympus"), "zone"),
        (PLAIN.replace('duration = { column = "Time" }', ""), "fields"),
        (PLAIN.replace('client_code = { column = "Client" }', ""), "fields"),
        (PLAIN.replace('column = "Time"', 'colum = "Time"'), "duration"),
        (PLAIN.replace('column = "Time"', 'column = "Time", unit = "days"'), "duration.unit"),
        (PLAIN.replace('column = "Time"', 'column = "Time", value = "1"'), "duration"),
        (PLAIN.replace("duration = {", "hours = 3\nduration = {"), "fields"),
        (PLAIN.replace('{ column = "Time" }', '"Time"'), "duration"),
        (PLAIN.replace('["Day"]', "[]"), "dating.columns"),
        (PLAIN.replace('["Day"]', "[1.5]"), "columns"),
        (PLAIN.replace("[dating]", 'kind = { value = "bug" }\n[dating]'), "kind"),
        (PLAIN.replace("[fields]", '[[files]]\nrole = "side"\nkey = "K"\n[fields]'), "files"),
        (PLAIN.replace("[fields]", '[[files]]\nkey = "K"\n[fields]'), "files"),
        (PLAIN.replace("[fields]", 'files = "time.csv"\n[fields]'), "files"),
        ('dating = "today"\n' + PLAIN.replace("[dating]\ncolumns", "[fields.note]\ncolumns"), "dating"),
        ('typo = "x"\n' + PLAIN, "mapping"),
    ],
)
def test_a_mapping_that_cannot_be_followed_names_the_place(text, place):
    with pytest.raises(BadMapping) as refused:
        parse_mapping(text)
    assert refused.value.facts.get("place") == place


def test_a_mapping_that_is_missing_or_wrong_names_its_file(tmp_path):
    (tmp_path / "wrong.toml").write_text("name = 3.5")
    for name in ("missing.toml", "wrong.toml"):
        with pytest.raises(BadMapping) as refused:
            load_mapping(tmp_path / name)
        assert refused.value.facts["file"] == name


def test_files_that_do_not_fit_the_mapping_are_refused_before_the_first_row(sip, tmp_path):
    tasks, dates, other = written(tmp_path, tasks=TASKS, dates=DATES, other="a,b\n")
    for files, about in (
        ([tasks], "missing"),
        ([tasks, dates, other], "what this file is"),
        ([tasks, tmp_path / "dates9.csv"], "cannot be read"),
    ):
        with pytest.raises(BadMapping, match=about):
            read(files, sip)
    with pytest.raises(BadMapping) as refused:
        read([tasks, dates], replace(sip, dating=replace(sip.dating, undated="RaisedOn")))
    assert refused.value.facts == {"file": "tasks.csv", "columns": ["RaisedOn"]}


def test_a_file_that_is_empty_or_has_a_column_twice_is_refused(tmp_path):
    with pytest.raises(BadMapping, match="twice"):
        plain(tmp_path, "", header="Client,Who,Day,Time,Time")
    (tmp_path / "time.csv").write_bytes(b"")
    with pytest.raises(BadMapping, match="empty"):
        read([tmp_path / "time.csv"], parse_mapping(PLAIN))


def test_a_large_file_is_never_held_in_memory(tmp_path):
    row = "ACM,mara,2026-11-20,1," + "x" * 2000 + "\n"
    files = written(tmp_path, "utf-8", time="Client,Who,Day,Time,Text\n" + row * 4_000)
    mapping = parse_mapping(PLAIN)
    tracemalloc.start()
    try:
        assert sum(row.raw_seconds for row in read(files, mapping) if isinstance(row, ImportRow)) == 4_000 * 3600
        assert tracemalloc.get_traced_memory()[1] < files[0].stat().st_size / 2
    finally:
        tracemalloc.stop()
