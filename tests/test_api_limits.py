"""What a minute allows is counted for each key and each person, told on every answer, and never in the way when Valkey is gone."""

import time

import pytest
from structlog.testing import capture_logs

from api import limits
from tests.api_cast import Program, refused


@pytest.fixture(autouse=True)
def few(settings, monkeypatch):
    settings.API_REQUESTS_PER_MINUTE, settings.API_WRITES_PER_MINUTE = 6, 3
    monkeypatch.setattr(limits.calm, "until", 0.0)


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Valkey's clock stands still until a test sets it: on a busy machine a bucket would fill while it is emptied."""
    script = limits.TAKE
    assert "redis.call('TIME')" in script

    def set_to(seconds: int) -> None:
        monkeypatch.setattr(limits, "TAKE", script.replace("redis.call('TIME')", f"{{{1_800_000_000 + seconds}, 0}}"))

    set_to(0)
    return set_to


@pytest.fixture
def program(ada, key):
    return Program(key(ada))


def test_every_answer_says_what_is_left(program):
    answer = program.get("me")
    assert answer["RateLimit-Policy"] == '"requests";q=6;w=60'
    assert answer["RateLimit"] == '"requests";r=5;t=10'
    refusal = program.post("clients", {})
    assert refusal.status_code == 422
    assert refusal["RateLimit-Policy"] == '"requests";q=6;w=60, "writes";q=3;w=60'
    assert refusal["RateLimit"] == '"requests";r=4;t=20, "writes";r=2;t=20'


def test_one_too_many_is_refused_until_the_bucket_has_filled_a_little(program, clock):
    for _ in range(6):
        assert program.get("me").status_code == 200
    clock(4)
    answer = program.get("me")
    refused(answer, 429, "too-many-requests")
    assert answer["Retry-After"] == "6"
    assert answer["RateLimit"].startswith('"requests";r=0;')
    clock(10)
    assert program.get("me").status_code == 200


def test_outside_of_tests_the_clock_is_that_of_valkey(program, monkeypatch):
    monkeypatch.undo()
    assert program.get("me")["RateLimit"].startswith('"requests";r=5;')


def test_what_was_refused_costs_nothing_more(program, settings):
    settings.API_REQUESTS_PER_MINUTE = 60
    for _ in range(80):
        program.get("me")
    refusal = program.get("me")
    assert (refusal.status_code, refusal["Retry-After"]) == (429, "1")


def test_writes_run_out_before_reads(program):
    for _ in range(3):
        program.post("clients", {})
    refused(program.post("clients", {}), 429, "too-many-requests")
    assert program.get("me").status_code == 200


def test_every_key_has_its_own(ada, ines, key, program):
    for _ in range(7):
        program.get("me")
    assert Program(key(ada)).get("me")["RateLimit"] == '"requests";r=5;t=10'


def test_a_person_in_a_browser_is_counted_too(browser, ines):
    assert browser(ines).get("/api/v1/me")["RateLimit"] == '"requests";r=5;t=10'


def test_what_was_not_changed_is_free(program, settings):
    tag = program.get("clients")["ETag"]
    answers = [program.http.get("/api/v1/clients", headers={"If-None-Match": tag}) for _ in range(20)]
    assert {answer.status_code for answer in answers} == {304}
    assert answers[-1]["RateLimit"] == '"requests";r=5;t=10'


def test_a_refused_scope_is_counted(ines, key):
    narrow = Program(key(ines, "clients:read"))
    assert narrow.get("tickets")["RateLimit"] == '"requests";r=5;t=10'


def test_without_valkey_everybody_passes_and_nobody_waits_twice(program, settings, tmp_path):
    settings.CACHE_URL = f"unix://{tmp_path}/nobody"
    began = time.monotonic()
    with capture_logs() as said:
        answers = [program.get("me") for _ in range(10)]
    assert {answer.status_code for answer in answers} == {200}
    assert "RateLimit" not in answers[0]
    assert [line["log_level"] for line in said if "Valkey" in line["event"]] == ["warning"]
    assert time.monotonic() - began < 3
