"""The command that imports on the server: what it says, what it reports, how it fails."""

import csv
import io

import pytest
from django.core.management import CommandError, call_command

from accounts.actions.clients import add_client
from accounts.models import Client
from figures.sheets import neutral
from tests.cast import ARRANGING
from tests.import_cast import (
    DIRTY,
    HEADER,
    MAPPING,
    line,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("firm")]


@pytest.fixture
def files(tmp_path):
    (tmp_path / "shop.toml").write_text(MAPPING)
    (tmp_path / "=time.csv").write_text(DIRTY, encoding="utf-8")
    return tmp_path


def command(folder, *more):
    said = io.StringIO()
    call_command(
        "import_time",
        folder / "=time.csv",
        "--mapping",
        str(folder / "shop.toml"),
        "--report",
        str(folder / "report.csv"),
        *more,
        stdout=said,
    )
    return said.getvalue()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", " =1", "\t=1", "\rx", "\uff1dx"])
def test_no_cell_of_a_report_is_a_formula(text):
    assert neutral(text) == f"'{text}"
    assert neutral("a=1") == "a=1"


def test_the_command_says_what_it_did_and_where_the_other_rows_are(files):
    said = command(files)
    assert "7,581,456    their seconds" in said
    assert f"4 rows need a look; they are in {files / 'report.csv'}." in said
    with (files / "report.csv").open(newline="") as report:
        lines = list(csv.DictReader(report))
    assert [(each["outcome"], each["line"]) for each in lines] == [("refused", "7"), ("refused", "9"), ("listed", "5"), ("listed", "10")]
    assert {each["file"] for each in lines} == {"'=time.csv"}


def test_a_dry_run_of_the_command_writes_nothing_but_its_report(files):
    assert "Nothing was written" in command(files, "--dry-run")
    assert not Client.objects.exists()
    assert (files / "report.csv").exists()


def test_a_dry_run_of_the_command_names_the_new_clients_and_whom_they_may_have_meant(files):
    add_client(actor=ARRANGING, name="Nord Mill", code="NOM")
    said = command(files, "--dry-run")
    assert "New client: north-mill. Did you mean Nord Mill?" in said
    assert "New client: \u0160vejk & Sons.\n" in said


def test_a_report_without_a_line_is_not_left_behind(files):
    (files / "=time.csv").write_text(HEADER + line(1, "2019-01-02", 1))
    command(files)
    assert not (files / "report.csv").exists()


def test_a_bad_mapping_ends_the_command_with_every_detail(files):
    (files / "=time.csv").write_text("id,firm\n1,x\n")
    with pytest.raises(CommandError) as refused:
        command(files)
    assert refused.value.returncode == 1
    assert str(refused.value).splitlines() == [
        "Columns that the mapping names are missing.",
        "  file: =time.csv",
        "  columns: day, done, hours, state, task, what, who",
    ]
    with pytest.raises(CommandError, match=r"This mapping cannot be read\."):
        call_command("import_time", "x.csv", "--mapping", "nowhere")
