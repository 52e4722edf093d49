"""Files in the shapes that other programs export: each is read by the mapping that ships for it, and imported."""

import datetime as dt

import pytest

from accounts.actors import StaffRole, system
from accounts.models import Client, Person
from billing.actions.importing import import_time
from billing.models import TimeEntry
from billing.rules.importing import BadMapping, ImportRow, RowError, load_mapping, parse_mapping, read, shipped, shipped_path
from tests import cast

TOGGL = """"User","Email","Client","Project","Task","Description","Billable","Start date","Start time",\
"End date","End time","Duration","Tags"
"Ada Admin","ada@northfold.example","Acorn Mills","AI care","Prompts","Tuned the ""quote"" prompt, twice","Yes","2024-10-15","12:02:17",\
"2024-10-15","13:02:19","01:00:02","care, prompts"
"Zoe Gone","zoe@northfold.example","Real World Client","Website","","Standup","No","2024-10-15","09:00:00","2024-10-15","09:15:00",\
"00:15:00",""
"Ada Admin","ada@northfold.example","","","","Nobody's","No","2024-10-16","09:00:00","2024-10-16","09:15:00","00:15:00",""
"""
CLOCKIFY = """"Project","Client","Description","Task","User","Group","Email","Tags","Type","Billable","Invoiced","Invoice ID","Start Date",\
"Start Time","End Date","End Time","Duration (h)","Duration (decimal)","Billable Rate (EUR)","Billable Amount (EUR)","Date of creation"
"AI care","Acorn Mills","Tuned the prompt","Prompts","Ada Admin","Group1, Group2","ada@northfold.example","","Regular","Yes","Yes",\
"Invoice100","10/15/2024","12:02:17 PM","10/15/2024","01:02:19 PM","01:00:02","1.00","1000.00","1000.00","10/15/2024"
"Website","Real World Client","Standup","","Zoe Gone","","zoe@northfold.example","","Regular","No","No","","10/15/2024","09:00:00 AM",\
"10/15/2024","09:15:00 AM","00:15:00","0.25","0.00","0.00","10/15/2024"
"Website","","Nobody's","","Ada Admin","","ada@northfold.example","","Regular","No","No","","10/16/2024","09:00:00 AM",\
"10/16/2024","09:15:00 AM","00:15:00","0.25","0.00","0.00","10/16/2024"
"""
HARVEST = """Date,Client,Project,Project Code,Task,Notes,Hours,Hours Rounded,Billable?,Invoiced?,Approved?,First Name,Last Name,Roles,\
Employee?,Billable Rate,Billable Amount,Cost Rate,Cost Amount,Currency,External Reference URL
2024-10-15,Acorn Mills,AI care,AC-1,Prompts,Tuned the prompt,1.0,1.0,Yes,No,No,Ada,Admin,,Yes,100.0,100.0,0.0,0.0,Euro - EUR,
2024-10-15,Real World Client,Website,,,Standup,0.25,0.25,No,No,No,Zoe,Gone,,Yes,0.0,0.0,0.0,0.0,Euro - EUR,
2024-10-16,,Website,,,Nobody's,0.25,0.25,No,No,No,Ada,Admin,,Yes,0.0,0.0,0.0,0.0,Euro - EUR,
"""
KIMAI = """Date,From,To,Duration,Currency,Price,"Internal price","Hourly price","Fixed price",Name,User,E-mail,"Staff number",Customer,\
Project,Activity,Description,Billable,Tags,Type,Category,Account,"Project number",VAT-ID,"Order number"
2024-10-15,12:02,13:02,1,EUR,100,0,100,0,Ada,"Ada Admin",ada@northfold.example,,"Acorn Mills","AI care",Prompts,"Tuned the prompt",1,\
"care,prompts",timesheet,work,0001,,,
2024-10-15,09:00,09:15,0.25,EUR,0,0,0,0,Zoe,"Zoe Gone",zoe@northfold.example,,"Real World Client",Website,,Standup,0,,timesheet,work,0002,,,
2024-10-16,09:00,09:15,0.25,EUR,0,0,0,0,Ada,"Ada Admin",ada@northfold.example,,,Website,,Nobody's,0,,timesheet,work,0002,,,
"""
SOLIDTIME = """Description,Task,Project,Client,User,Start,End,Duration,"Duration (decimal)",Billable,Tags
"Tuned the prompt",Prompts,"AI care","Acorn Mills","Ada Admin","2024-10-15 12:02:17","2024-10-15 13:02:19",1:00:02,1.000555,Yes,"a, b"
Standup,,Website,"Real World Client","Zoe Gone","2024-10-15 09:00:00","2024-10-15 09:15:00",0:15:00,0.25,No,
Nobody's,,,,"Ada Admin","2024-10-16 09:00:00","2024-10-16 09:15:00",0:15:00,0.25,No,
"""
EXPORTS = {"toggl": TOGGL, "clockify": CLOCKIFY, "harvest": HARVEST, "kimai": KIMAI, "solidtime": SOLIDTIME}
TO_THE_SECOND = {"toggl", "clockify", "solidtime"}  # the others round to hundredths of an hour

each_program = pytest.mark.parametrize("program", EXPORTS)


@pytest.fixture
def told(tmp_path):
    """What the mapping of a program reads in a text."""

    def told_by(program, text=None):
        path = tmp_path / "report.csv"
        path.write_text(EXPORTS[program] if text is None else text, encoding="utf-8")
        return list(read([path], load_mapping(shipped_path(program), zone="Europe/Berlin")))

    return told_by


def taken_in(program, rows):
    return import_time(actor=system("import"), rows=rows, mapping=load_mapping(shipped_path(program), zone="Europe/Berlin"))


@each_program
def test_a_row_becomes_a_clients_work_on_a_ticket_by_a_person(told, program):
    row = told(program)[0]
    assert isinstance(row, ImportRow)
    assert (row.client_name, row.engagement_name, row.ticket_subject) == ("Acorn Mills", "AI care", "Prompts")
    assert row.ticket_key == "AI care / Prompts"
    assert (row.work_date, row.raw_seconds) == (dt.date(2024, 10, 15), 3602 if program in TO_THE_SECOND else 3600)
    assert row.person_name == "Ada Admin"
    assert row.time_kind == "included"
    assert row.note.startswith("Tuned the ")


@each_program
def test_time_that_was_not_billable_is_internal_and_time_without_a_task_has_no_ticket(told, program):
    row = told(program)[1]
    assert isinstance(row, ImportRow)
    assert (row.time_kind, row.ticket_key, row.raw_seconds) == ("internal", None, 900)


@each_program
def test_a_row_without_a_client_is_refused_by_name(told, program):
    row = told(program)[2]
    assert isinstance(row, RowError)
    assert row.column in {"Client", "Customer"}


@each_program
@pytest.mark.django_db
def test_an_existing_client_and_a_colleague_are_found_and_the_others_made(told, program, acorn, ada):
    imported = taken_in(program, told(program))
    assert (imported.entries, imported.clients, imported.people, imported.refused) == (2, 1, 1, 1)
    entry = TimeEntry.objects.get(client=acorn.client)
    assert (entry.person, entry.kind) == (ada, "included")
    other = TimeEntry.objects.exclude(client=acorn.client).get()
    assert (other.client.name, other.client.time_zone, other.person.name) == ("Real World Client", "Europe/Berlin", "Zoe Gone")
    assert (other.kind, other.burn_minutes) == ("internal", 0)


@each_program
@pytest.mark.django_db
def test_a_longer_report_of_the_same_days_adds_only_what_is_new(told, program, firm):
    taken_in(program, told(program))
    lines = EXPORTS[program].splitlines(keepends=True)
    again = taken_in(program, told(program, "".join([*lines, lines[1]])))
    assert (again.entries_there, again.entries) == (2, 1)
    once_more = taken_in(program, told(program, "".join([*lines, lines[1]])))
    assert (once_more.entries_there, once_more.entries) == (3, 0)


@pytest.mark.django_db
def test_internal_time_of_another_program_stays_out_of_the_portal(told, acorn, priya):
    text = TOGGL.replace("Real World Client", "acorn  mills")
    assert taken_in("toggl", told("toggl", text)).clients == 0
    assert TimeEntry.objects.count() == 2
    assert [entry.kind for entry in TimeEntry.objects.visible_to(cast.actor(priya, acorn))] == ["included"]


@pytest.mark.django_db
def test_a_name_that_two_bear_is_neither_of_them(told, acorn, ada):
    Client.objects.create(name="ACORN MILLS", code="ACM2")
    Person.objects.create(name="ada admin", staff_role=StaffRole.CONSULTANT)
    imported = taken_in("solidtime", told("solidtime"))
    assert (imported.clients, imported.people) == (2, 2)
    assert not TimeEntry.objects.filter(client=acorn.client).exists()
    assert not TimeEntry.objects.filter(person=ada).exists()


@pytest.mark.django_db
def test_a_renamed_task_or_note_is_the_same_row_and_a_new_duration_is_noted(told, acorn, ada):
    taken_in("toggl", told("toggl"))
    changed = TOGGL.replace("twice", "thrice").replace("01:00:02", "02:00:02")
    again = taken_in("toggl", told("toggl", changed))
    assert (again.entries, again.entries_there) == (0, 2)


def test_hours_are_read_with_a_point_or_as_a_clock_and_never_guessed_from_a_comma(told):
    def hours(text):
        return told("harvest", HARVEST.replace("prompt,1.0,", f"prompt,{text},"))[0]

    assert [hours(text).raw_seconds for text in ("1.5", "1:30", "0.01", "1:30:01")] == [5400, 5400, 36, 5401]
    assert isinstance(hours('"1,5"'), RowError)


def test_kimais_template_in_seconds_is_read_to_the_second(told):
    assert told("kimai", KIMAI.replace("13:02,1,EUR", "13:02,1:00:02,EUR").replace(",", ";"))[0].raw_seconds == 3602


def test_a_day_of_another_order_is_refused_and_not_turned_round(told):
    assert isinstance(told("clockify", CLOCKIFY.replace("10/15/2024", "15/10/2024"))[0], RowError)


def test_every_mapping_that_ships_is_whole():
    assert set(shipped()) == {*EXPORTS, "sip"}
    for name in shipped():
        assert load_mapping(shipped_path(name), zone="UTC").name == name


def test_a_mapping_without_a_zone_needs_one_from_its_reader():
    text = shipped_path("toggl").read_text()
    assert parse_mapping(text, zone="Asia/Tokyo").zone == "Asia/Tokyo"
    with pytest.raises(BadMapping) as refused:
        parse_mapping(text)
    assert refused.value.facts["place"] == "zone"


@pytest.mark.parametrize("words", ['repeat = "often"', "all = 2", 'value = "overtime"'])
def test_words_that_mean_nothing_are_refused(words):
    text = shipped_path("toggl").read_text()
    field = f"time_kind = {{ {words} }}" if "value" in words else f'time_kind = {{ column = "Billable", {words} }}'
    lines = [field if line.startswith("time_kind") else line for line in text.splitlines()]
    with pytest.raises(BadMapping):
        parse_mapping("\n".join(lines), zone="UTC")
