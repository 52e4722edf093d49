"""Every lock, raced by threads with connections of their own. Only sound order makes these sums come out."""

import datetime as dt
import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts import scope
from accounts.actors import MemberRole, StaffRole
from accounts.models import Person
from billing.actions import Work, log_time, open_due_periods, start_timer
from billing.actions.alerts import sweep_burn_alerts
from billing.errors import Overlaps
from billing.models import BurnAlert, Lot, Period, TimeEntry, Timer
from engagements.models import Engagement
from events.models import Delivery, Notice
from tests.cast import ARRANGING, Company, actor, log, make_company, make_contact, make_staff, month_of
from tickets.actions import open_ticket, reply
from tickets.models import Message, Ticket

THREADS = 8

pytestmark = pytest.mark.django_db(transaction=True)


def race(deeds: Sequence[Callable[[], Any]], *, within_seconds: float = 60) -> list[Any]:
    """Let every deed begin at the same instant in a thread of its own; what each returned or raised, in order."""
    ready = threading.Barrier(len(deeds))
    outcomes: list[Any] = [None] * len(deeds)

    def run(place: int) -> None:
        try:
            with scope.system("racing"):
                connection.ensure_connection()
                ready.wait()
                outcomes[place] = deeds[place]()
        except Exception as error:  # noqa: BLE001 (the outcome of a race may be a refusal)
            outcomes[place] = error
        finally:
            connection.close()

    runners = [threading.Thread(target=run, args=(place,), daemon=True) for place in range(len(deeds))]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join(within_seconds)
    assert not any(runner.is_alive() for runner in runners), "somebody still waits for a lock"
    return outcomes


def log_often(times: int, person: Person, company: Company, *, minutes: int) -> None:
    for _ in range(times):
        log(person, company, minutes=minutes)


def failures(outcomes: list[Any]) -> list[Exception]:
    return [outcome for outcome in outcomes if isinstance(outcome, Exception)]


@pytest.fixture
def hands(acorn):
    """Eight leads, who may log on every client."""
    return [make_staff(f"Hand{number} Lead", StaffRole.LEAD) for number in range(THREADS)]


def test_eight_people_logging_on_one_retainer_lose_no_minute_and_alert_once(acorn, hands):
    for rounds in range(1, 16):  # the last write of a round has no later one to mend its sum
        outcomes = race([partial(log_often, 2, hand, acorn, minutes=3) for hand in hands])
        assert failures(outcomes) == []
        acorn.period.refresh_from_db()
        assert acorn.period.used_minutes == rounds * THREADS * 2 * 3 == TimeEntry.objects.burned_minutes()
    assert acorn.period.left_minutes == 0
    assert Counter(BurnAlert.objects.values_list("kind", "percent", "episode", "is_superseded")) == {
        ("burn", 50, 1, False): 1,
        ("burn", 80, 1, False): 1,
        ("burn", 100, 1, False): 1,
        ("overage", 0, 1, False): 1,
    }
    told = 4  # Mara leads the engagement and nobody is an admin
    assert Notice.objects.count() == Delivery.objects.count() == told


def test_eight_people_on_eight_retainers_never_touch_each_other(acorn, hands):
    companies = [make_company(f"Firm{number} Works", f"F{number:02}") for number in range(THREADS)]
    outcomes = race([partial(log_often, 20, hand, company, minutes=3) for hand, company in zip(hands, companies, strict=True)])
    assert failures(outcomes) == []
    assert {
        period.used_minutes
        for period in Period.objects.filter(engagement__in=[c.engagement for c in companies]).covering(timezone.localdate())
    } == {60}


def test_two_starts_at_once_leave_one_clock_running(acorn, cobalt, mara):
    for _ in range(5):
        outcomes = race(
            [partial(start_timer, actor=actor(mara), engagement=company.engagement) for company in (acorn, cobalt, acorn, cobalt)]
        )
        assert failures(outcomes) == []
        assert Timer.objects.running().filter(person=mara).count() == 1
    assert Timer.objects.count() == 20


def test_of_two_claims_on_the_same_hour_one_is_told_of_the_other(acorn, cobalt, mara):
    nine = timezone.make_aware(dt.datetime.combine(month_of(timezone.localdate()), dt.time(9)))
    hour = dt.timedelta(hours=1)
    for day in range(5):
        start = nine + dt.timedelta(hours=2 * day)
        claim = Work(service_area="reporting", started_at=start, ended_at=start + hour)
        outcomes = race(
            [partial(log_time, actor=actor(mara), engagement=company.engagement, work=claim) for company in (acorn, cobalt, acorn, cobalt)]
        )
        refused = failures(outcomes)
        assert len(refused) == 3
        assert all(isinstance(refusal, Overlaps) for refusal in refused), refused
    assert TimeEntry.objects.count() == 5
    assert sum(Period.objects.values_list("used_minutes", flat=True)) == 300


def test_whoever_waits_for_a_person_holds_no_retainer_meanwhile(acorn, mara):
    """Person and retainer are locked by one statement; in which order, only somebody who holds the first can see."""
    writer = threading.Thread(target=partial(race, [partial(log, mara, acorn, minutes=5)]))
    with scope.system("racing"), transaction.atomic():
        Person.objects.select_for_update(no_key=True).get(pk=mara.pk)
        writer.start()
        assert any(somebody_waits() for _ in range(100_000))
        Engagement.objects.select_for_update(no_key=True, nowait=True).get(pk=acorn.engagement.pk)
    writer.join()
    assert TimeEntry.objects.burned_minutes() == 5


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        (found,) = cursor.fetchone()
    return bool(found)


def test_eight_schedulers_open_each_period_once_and_grant_once(acorn, cobalt):
    Lot.objects.all().delete()
    Period.objects.all().delete()
    outcomes = race([partial(open_due_periods, actor=ARRANGING, today=timezone.localdate())] * THREADS)
    assert failures(outcomes) == []
    assert sum(outcomes) == Period.objects.count()
    assert Lot.objects.filter(kind="grant").count() == Period.objects.count()
    for company in (acorn, cobalt):
        assert Period.objects.covering(timezone.localdate()).filter(engagement=company.engagement).count() == 1


def test_the_sweep_racing_with_writes_raises_each_alert_once(acorn, hands):
    def sweep_often() -> None:
        for _ in range(10):
            sweep_burn_alerts()

    outcomes = race([*(partial(log_often, 10, hand, acorn, minutes=15) for hand in hands[:4]), *[sweep_often] * 4])
    assert failures(outcomes) == []
    assert sorted(BurnAlert.objects.values_list("percent", flat=True)) == [50, 80, 100]
    assert Notice.objects.count() == 3


def test_sweeps_racing_for_what_a_crash_left_raise_it_once(acorn):
    Period.objects.filter(pk=acorn.period.pk).update(used_minutes=480, covered_minutes=480, closing_minutes=120)
    assert failures(race([sweep_burn_alerts] * THREADS)) == []
    assert list(BurnAlert.objects.order_by("percent").values_list("percent", "is_superseded")) == [(50, True), (80, False)]
    assert Notice.objects.count() == Delivery.objects.count() == 1


def test_ticket_numbers_of_a_client_have_no_gap_and_no_double(acorn, priya):
    def ask_five() -> None:
        with scope.of(actor(priya, acorn)):
            for number in range(5):
                open_ticket(
                    actor=actor(priya, acorn), client=acorn.client, subject=f"Request {number}", body="Please look.", source="portal"
                )

    assert failures(race([ask_five] * THREADS)) == []
    assert sorted(Ticket.objects.values_list("number", flat=True)) == list(range(1, THREADS * 5 + 1))


def test_the_order_of_locks_knows_no_deadlock(acorn, cobalt, hands):
    owners = [(company, make_contact(f"Olga{place} Owner", company, MemberRole.OWNER)) for place, company in enumerate((acorn, cobalt))]
    tickets = [
        open_ticket(actor=actor(owner, company), client=company.client, subject="Long talk", body="Hello.", source="portal")
        for company, owner in owners
    ]

    def mixed(seed: int, hand: Any) -> Counter[str]:
        chance, done = random.Random(seed), Counter[str]()
        for _ in range(25):
            place = chance.randrange(2)
            company, owner = owners[place]
            deed = chance.choice(["log", "ask", "answer", "reply", "timer"])
            if deed == "log":
                log(hand, company, minutes=1, ticket=tickets[place])
            elif deed == "ask":
                open_ticket(actor=actor(owner, company), client=company.client, subject="More", body="Please.", source="portal")
            elif deed == "answer":
                reply(actor=actor(hand), ticket=tickets[place], body="We look at it.", ask=chance.random() < 0.5)
            elif deed == "reply":
                reply(actor=actor(owner, company), ticket=tickets[place], body="Thank you.")
            else:
                start_timer(actor=actor(hand), engagement=company.engagement, ticket=tickets[place])
            done[deed] += 1
        return done

    outcomes = race([partial(mixed, seed, hand) for seed, hand in enumerate(hands)], within_seconds=120)
    assert failures(outcomes) == []
    done = sum(outcomes, Counter[str]())
    assert sum(done.values()) == THREADS * 25
    assert Ticket.objects.count() == done["ask"] + 2
    assert Message.objects.count() == done["ask"] + 2 + done["answer"] + done["reply"]
    assert TimeEntry.objects.burned_minutes() == sum(Period.objects.values_list("used_minutes", flat=True))
