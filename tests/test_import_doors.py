"""Importing through the pages and the API: files handed over, tried, imported, and the rows to look at downloaded."""

import csv
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from billing.actions.importing import carry_out_imports
from billing.models import ImportRun, SavedMapping, TimeEntry
from billing.rules.importing import nearest, shipped, shipped_path
from events.models import Event
from tests.api_cast import Program, refused, results, url

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("files_on_disk")]

HEADER = "User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags\n"
GOOD = "Ada Admin,ada@northfold.example,Acorn Mills,AI care,Prompts,Tuned it,Yes,2024-01-02,09:00:00,,,01:30:00,\n"
BAD = "Ada Admin,ada@northfold.example,=cmd(),AI care,,Broke it,Yes,2024-01-03,09:00:00,,,=soon,\n"
OWN = shipped_path("toggl").read_text().replace('name = "toggl"', 'name = "ours"')


def a_file(text=HEADER + GOOD + BAD, name="report.csv"):
    return SimpleUploadedFile(name, text.encode(), content_type="text/csv")


@pytest.fixture
def desk(browser, ada, acorn):
    return browser(ada)


@pytest.fixture
def program(key, ada, acorn):
    return Program(key(ada))


def handed_over(program, **more):
    return program.http.post(url("imports"), {"file": a_file(), "mapping": "toggl"} | more)


def place(name, *args):
    return reverse(f"workspace:{name}", args=args)


def test_a_file_is_tried_looked_at_and_imported_without_a_script(desk, acorn):
    sent = desk.post(place("imports"), {"file": a_file(), "mapping": "toggl"})
    trial = ImportRun.objects.get()
    assert (sent.status_code, sent["Location"], trial.is_dry) == (302, place("import", trial.pk), True)
    waiting = desk.get(sent["Location"]).content.decode()
    assert 'hx-trigger="every 2s"' in waiting
    assert f'<a href="{place("import", trial.pk)}">Look again</a>' in waiting
    carry_out_imports()
    tried = desk.get(sent["Location"]).content.decode()
    assert "every 2s" not in tried
    assert "Acorn Mills" in tried
    assert "1.5\N{NO-BREAK SPACE}h" in tried
    assert "Import 1 row</button>" in tried
    assert "One row is left out" in tried
    assert "No duration can be read here." in tried
    assert not TimeEntry.objects.exists()
    real = desk.post(place("import_for_good", trial.pk))
    carry_out_imports()
    assert "Became" in desk.get(real["Location"]).content.decode()
    assert TimeEntry.objects.get().client == acorn.client
    listed = desk.get(place("imports")).content.decode()
    assert listed.count(">report.csv</a>") == 2
    assert listed.count("<span>trial</span>") == 1


def test_a_trial_of_which_nothing_can_be_read_offers_nothing_to_import(desk):
    desk.post(place("imports"), {"file": a_file(HEADER + BAD), "mapping": "toggl"})
    carry_out_imports()
    tried = desk.get(place("import", ImportRun.objects.get().pk)).content.decode()
    assert "Nothing in it can be imported" in tried
    assert place("import_for_good", ImportRun.objects.get().pk) not in tried


def test_a_trial_that_is_imported_twice_by_a_double_click_begins_one_import(desk):
    desk.post(place("imports"), {"file": a_file(), "mapping": "toggl"})
    carry_out_imports()
    trial = ImportRun.objects.get()
    token = re.findall(r'name="once" value="([^"]+)"', desk.get(place("import", trial.pk)).content.decode())[-1]
    first, second = (desk.post(place("import_for_good", trial.pk), {"once": token}) for _ in range(2))
    assert (first.status_code, second["Location"], ImportRun.objects.count()) == (302, first["Location"], 2)


def test_htmx_is_given_the_progress_alone_until_it_ends(desk):
    desk.post(place("imports"), {"file": a_file(), "mapping": "toggl", "real": "on"})
    run = ImportRun.objects.get()
    part = desk.get(place("import", run.pk), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "every 2s" in part
    carry_out_imports()
    assert "every 2s" not in desk.get(place("import", run.pk), headers={"HX-Request": "true"}).content.decode()


@pytest.mark.parametrize("of_the_page", [True, False])
def test_the_rows_to_look_at_are_a_table_in_which_nothing_is_a_formula(desk, program, of_the_page):
    desk.post(place("imports"), {"file": a_file(name="=r.csv"), "mapping": "toggl", "real": "on"})
    carry_out_imports()
    run = ImportRun.objects.get()
    told = desk.get(place("import_report", run.pk)) if of_the_page else program.get(f"imports/{run.pk}/report")
    assert told["Content-Type"] == "text/csv"
    (line,) = csv.DictReader(io.StringIO(b"".join(told.streaming_content).decode()))
    assert line == {
        "file": "'=r.csv",
        "line": "3",
        "outcome": "refused",
        "column": "Duration",
        "value": "'=soon",
        "sentence": "No duration can be read here.",
    }


def test_what_cannot_be_meant_is_said_at_its_field(desk):
    for body, words in (
        ({"mapping": "toggl"}, "No file is chosen. Choose one."),
        ({"file": a_file(""), "mapping": "toggl"}, "The submitted file is empty."),
        ({"file": [a_file(), a_file()], "mapping": "toggl"}, "Two files have the same name."),
        ({"file": a_file(), "mapping": "nowhere"}, "nowhere"),
    ):
        answer = desk.post(place("imports"), body)
        assert (answer.status_code, words in answer.content.decode()) == (422, True), body
    assert not ImportRun.objects.exists()


def test_a_trial_is_imported_once_it_is_done_and_not_before(desk):
    desk.post(place("imports"), {"file": a_file(), "mapping": "toggl"})
    early = desk.post(place("import_for_good", ImportRun.objects.get().pk))
    assert (early.status_code, ImportRun.objects.count()) == (422, 1)


def test_why_an_import_failed_stands_on_its_page_and_in_the_api(desk, program):
    desk.post(place("imports"), {"file": a_file("a,b\n1,2\n"), "mapping": "toggl"})
    carry_out_imports()
    run = ImportRun.objects.get()
    page = desk.get(place("import", run.pk)).content.decode()
    assert "Columns that the mapping names are missing." in page
    assert "columns: Billable, Client" in page
    told = program.get(f"imports/{run.pk}").json()
    assert told["state"] == "failed"
    assert told["failure"].startswith("Columns that the mapping names are missing. file: report.csv.")


def test_a_mapping_is_begun_from_one_that_ships_and_saved(desk):
    shown = desk.get(place("import_mappings") + "?of=harvest").content.decode()
    assert "Billable?" in shown
    assert desk.post(place("import_mappings"), {"text": OWN.replace("\n", "\r\n")}).status_code == 302
    assert SavedMapping.objects.get().text == OWN
    wrong = desk.post(place("import_mappings"), {"text": OWN.replace("duration =", "duratoin =")})
    assert (wrong.status_code, "duratoin" in wrong.content.decode()) == (422, True)
    assert '<option value="ours">ours</option>' in desk.get(place("imports")).content.decode()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (OWN.replace('name = "ours"', "name = ours now"), "Line 9 cannot be read: compare its quotes, brackets and equals signs"),
        ('name = "ours', "The mapping breaks off: a value is missing"),
        ("name = ", "The mapping breaks off: a value is missing"),
        (OWN.replace("duration =", "duratoin ="), "fields: duratoin means nothing here. Write one of client_code, "),
        (OWN + "\n[dating]\n", "cannot be read"),
        (OWN.replace('name = "ours"', 'name = "ours"\nzone = "Nowhere/Town"'), "Line 10, zone: A time zone is named like Europe/Berlin."),
    ],
)
def test_a_mapping_that_cannot_be_followed_is_told_in_one_sentence(desk, text, sentence):
    page = desk.post(place("import_mappings"), {"text": text}).content.decode()
    assert sentence in page
    for word in ("TOML", "detail:", "place:", "known:", "Expected"):
        assert word not in page.partition('name="text"')[0].partition("<main")[2]


def test_a_program_hands_files_over_and_asks_how_far_they_are(program, acorn):
    answer = handed_over(program, dry_run="false")
    assert answer.status_code == 202, answer.content
    told = answer.json()
    assert (told["state"], told["dry_run"], told["rows_total"], told["counts"]["entries"]) == ("waiting", False, None, 0)
    assert program.get(answer["Location"]).json() == told
    carry_out_imports()
    done = program.get(answer["Location"]).json()
    assert (done["state"], done["rows_done"], done["rows_total"]) == ("done", 2, 2)
    assert (done["counts"]["entries"], done["counts"]["seconds"], done["counts"]["refused"]) == (1, 5400, 1)
    assert done["person"]["name"] == "Ada Admin"
    assert results(program.get("imports", state="done", dry_run="false")) == [done]
    assert results(program.get("imports", dry_run="true")) == []


def test_a_program_may_try_first_and_repeat_its_request(program):
    answers = [
        program.http.post(url("imports"), {"file": a_file(), "mapping": "toggl", "dry_run": "true"}, headers={"Idempotency-Key": "once"})
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    assert ImportRun.objects.get().is_dry
    carry_out_imports()
    assert not TimeEntry.objects.exists()


def test_bodies_that_are_no_import_are_refused_in_problems(program):
    as_json = refused(program.post("imports", {"mapping": "toggl"}), 415, "unsupported-media-type")
    assert as_json["detail"] == "Send the body as multipart/form-data: it has files."
    assert refused(program.http.post(url("imports"), {"mapping": "toggl"}), 422, "invalid-body")["errors"][0]["pointer"] == "/file"
    assert refused(handed_over(program, mapping="nowhere"), 422, "mapping-unknown")["errors"][0]["pointer"] == "/mapping"
    refused(handed_over(program, colour="green"), 422, "invalid-body")


def test_a_program_saves_a_mapping_and_replaces_it(program):
    saved = program.post("import-mappings", {"text": OWN})
    assert (saved.status_code, saved.json()["name"], saved.json()["text"]) == (201, "ours", OWN)
    again = program.post("import-mappings", {"text": OWN + "\n# changed\n"})
    assert again.json()["id"] == saved.json()["id"]
    assert [each["name"] for each in results(program.get("import-mappings"))] == ["ours"]
    assert handed_over(program, mapping="ours").status_code == 202
    refused(program.post("import-mappings", {"text": "name = "}), 422, "bad-mapping")
    refused(program.post("import-mappings", {"text": shipped_path("toggl").read_text()}), 409, "conflict")


def test_a_program_reads_the_mappings_that_ship_and_writes_its_own_from_one(program, key, mara):
    told = program.get("import-mappings/shipped").json()["mappings"]
    assert {each["name"]: each["text"] for each in told} == {name: shipped_path(name).read_text("utf-8") for name in shipped()}
    begun = next(each["text"] for each in told if each["name"] == "toggl")
    assert program.post("import-mappings", {"text": begun.replace('"toggl"', '"ours"', 1)}).json()["name"] == "ours"
    refused(Program(key(mara)).get("import-mappings/shipped"), 403, "not-allowed")


def test_a_mapping_is_removed_in_the_state_that_was_read_and_an_import_that_began_with_it_goes_on(program, desk, acorn):
    saved = program.post("import-mappings", {"text": OWN}).json()
    at = f"import-mappings/{saved['id']}"
    begun = handed_over(program, mapping="ours", dry_run="false")
    read = program.get(at)["ETag"]
    program.post("import-mappings", {"text": OWN + "\n# changed\n"})
    assert program.delete(at, If_Match=read).status_code == 412
    assert program.delete(at, If_Match=program.get(at)["ETag"]).status_code == 204
    refused(program.get(at), 404, "not-found")
    refused(handed_over(program, mapping="ours"), 422, "mapping-unknown")
    assert Event.objects.get(kind="mapping.forgotten").payload == {"mapping": "ours"}
    carry_out_imports()
    assert program.get(begun["Location"]).json()["counts"]["entries"] == 1


def test_a_mapping_of_the_firms_own_is_removed_on_its_page_and_one_that_ships_is_not(desk, browser, mara):
    desk.post(place("import_mappings"), {"text": OWN})
    own, page = SavedMapping.objects.get(), place("import_mappings")
    removal = place("import_mapping_removal", own.pk)
    assert removal in desk.get(page + "?of=ours").content.decode()
    assert "Remove the mapping" not in desk.get(page + "?of=toggl").content.decode()
    assert browser(mara).post(removal).status_code == 404
    answer = desk.post(removal, follow=True)
    assert "ours was removed." in answer.content.decode()
    assert not SavedMapping.objects.exists()


def test_nobody_but_admins_learns_of_imports(browser, key, desk, mara, ines, priya, acorn):
    desk.post(place("imports"), {"file": a_file(), "mapping": "toggl"})
    run = ImportRun.objects.get()
    pages = [place("imports"), place("import_mappings"), *(place(name, run.pk) for name in ("import", "import_report"))]
    for person in (mara, ines, priya):
        assert {browser(person).get(page).status_code for page in pages} == {404}
        assert browser(person).post(place("imports"), {"file": a_file(), "mapping": "toggl"}).status_code == 404
        assert browser(person).post(place("import_for_good", run.pk)).status_code == 404
        program = Program(key(person))
        assert results(program.get("imports")) == results(program.get("import-mappings")) == []
        refused(program.get(f"imports/{run.pk}"), 404, "not-found")
        refused(program.get(f"imports/{run.pk}/report"), 404, "not-found")
        refused(handed_over(program), 403, "not-allowed")
        refused(program.post("import-mappings", {"text": OWN}), 403, "not-allowed")
    assert ImportRun.objects.count() == 1


def test_a_key_without_the_scope_hands_nothing_over(key, ada, acorn):
    refused(handed_over(Program(key(ada, "time-entries:read"))), 403, "scope-missing")
    bound = Program(key(ada, company=acorn))
    refused(handed_over(bound), 403, "not-allowed")
    assert results(bound.get("imports")) == []


def test_a_trial_names_the_clients_it_would_make_and_whom_each_may_have_meant(desk, program, acorn, cobalt):
    clients = ("Acorn Mills Ltd.", "Cobalt Frieght", "Elm Works", "Acorn Mills")
    rows = [GOOD.replace("Acorn Mills", client).replace("01-02", f"01-{day:02}") for day, client in enumerate(clients, start=2)]
    desk.post(place("imports"), {"file": a_file(HEADER + "".join(rows)), "mapping": "toggl"})
    carry_out_imports()
    trial = ImportRun.objects.get()
    page = desk.get(place("import", trial.pk)).content.decode()
    assert 'Clients that would be new <span class="count">3</span>' in page
    assert "Did you mean Acorn Mills?" in page
    assert "Did you mean Cobalt Freight?" in page
    assert page.count("Did you mean") == 2
    named = program.get(f"imports/{trial.pk}").json()["new_clients"]
    assert {each["name"]: each["near"] for each in named} == {
        "Acorn Mills Ltd.": "Acorn Mills",
        "Cobalt Frieght": "Cobalt Freight",
        "Elm Works": "",
    }
    desk.post(place("import_for_good", trial.pk))
    carry_out_imports()
    real = ImportRun.objects.latest("pk")
    assert ([each["name"] for each in real.new_clients], real.counts["clients"]) == ([each["name"] for each in named], 3)
    assert "Did you mean" not in desk.get(place("import", real.pk)).content.decode()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Acorn Ltd", "Acorn"),
        ("ACORN, Inc.", "Acorn"),
        ("Cobalt", "Cobalt Freight"),
        ("Cobalt Freight Europe", "Cobalt Freight"),
        ("Cobolt Freight", "Cobalt Freight"),
        ("Cosmos", ""),
        ("Acor Mining", ""),
        ("Ltd", ""),
        ("", ""),
    ],
)
def test_a_name_is_close_to_one_that_is_written_almost_so(written, meant):
    assert nearest(written, ["Acorn", "Cobalt Freight", "Elm Works"]) == meant
