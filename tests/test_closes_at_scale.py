"""Lives of retainers through the real actions: every policy mixed, each close run twice, and nothing is ever a minute off.

`make test` plays about one per cent, PROVE=1 all of it: 24 months of 50 retainers, and 200 random lives.
"""

import datetime as dt
import os
import random
from collections.abc import Callable
from decimal import Decimal
from itertools import count, pairwise
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.actions.clients import add_client
from accounts.actors import Actor
from accounts.models import Person
from billing.actions import (
    Work,
    authorise_closed_overage,
    authorise_overage,
    change_entry,
    close_period,
    delete_entry,
    give_lot,
    log_time,
    reopen_period,
)
from billing.actions.verifying import verify_engagement
from billing.models import Charge, Period, Statement, TimeEntry
from billing.models.over import unauthorised_left
from billing.rules.statement import digest_of
from engagements.actions import agree_terms, begin_engagement, end_engagement, pause_engagement
from engagements.models import Engagement
from engagements.rules import Terms
from tests.cast import ARRANGING, Company, actor, make_contact, month_of
from tests.cast import MemberRole as Role

RETAINERS, MONTHS, LIVES = (50, 24, 200) if os.environ.get("PROVE") else (4, 4, 6)
AREAS = ("reporting", "team_support", "prompt_optimisation")

pytestmark = [pytest.mark.django_db, pytest.mark.prove]
_codes = count(1)


def months_ago(number: int) -> dt.date:
    first = month_of(timezone.localdate())
    for _month in range(number):
        first = month_of(first - dt.timedelta(days=1))
    return first


def policy(chance: random.Random) -> dict[str, Any]:
    return {
        "included_minutes": chance.choice((0, 300, 600, 720)),
        "fee": Decimal(2000),
        "period_unit": chance.choice(("month", "month", "month", "quarter")),
        "anchor_day": chance.choice((1, 1, 15, 31)),
        "proration": chance.choice(("daily", "daily", "none")),
        "carry_periods": chance.choice((0, 1, 2)),
        "carry_cap_minutes": chance.choice((None, 150, 400)),
        "carry_cap_percent": chance.choice((None, 50)),
        "borrow_limit_minutes": chance.choice((0, 60, None, None)),
        "overage": chance.choice(("bill", "authorise", "absorb")),
        "overage_rate": chance.choice((Decimal("185.00"), Decimal("190.10"))),
        "rounding_increment_minutes": chance.choice((1, 1, 15)),
        "rounding_mode": chance.choice(("nearest", "up", "down")),
        "rounding_scope": chance.choice(("entry", "day_and_ticket")),
    }


class Life:
    """One retainer played from its first day; what happens is chance, with a seed."""

    def __init__(self, chance: random.Random, worker: Person, admin: Person, *, months: int) -> None:
        self.chance, self.worker, self.admin = chance, actor(worker), actor(admin)
        code = f"L{next(_codes):04d}"
        self.client = add_client(actor=ARRANGING, name=f"Life {code}", code=code)
        terms = Terms(starts_on=months_ago(months), **policy(chance))
        self.engagement: Engagement = begin_engagement(actor=ARRANGING, client=self.client, name="Care", currency="USD", terms=terms)
        company = Company(self.client, self.engagement, Period(), None)  # type: ignore[arg-type]  # only the client is asked for
        self.owner: Actor = actor(make_contact(f"Owner{code} Of", company, Role.OWNER), company)
        self.notice_from = months_ago(3)  # or few lives would be as long as they are asked to be

    @property
    def periods(self) -> list[Period]:
        return list(self.engagement.periods.order_by("starts_on"))

    def open_and_over(self) -> Period | None:
        return self.engagement.periods.open().filter(ends_on__lte=timezone.localdate()).order_by("starts_on").first()

    def play(self) -> None:
        while period := self.open_and_over():
            lent = self.engagement.periods.closed().filter(ends_on=period.starts_on, borrowed_minutes__gt=0).exists()
            if self.engagement.ends_on is None and period.starts_on >= self.notice_from and self.chance.random() < (0.5 if lent else 0.1):
                self.give_notice(period, within=4 if lent else 99)
            for _entry in range(self.chance.randrange(6)):
                self.work_in(period)
            for act, odds in self.besides.items():
                if self.chance.random() < odds and (self.engagement.ends_on is None or act in self.after_notice):
                    act(self, period)
            self.close_twice()
            if self.chance.random() < 0.15:
                self.reopen_and_close()

    def give_notice(self, period: Period, *, within: int) -> None:
        """The period is the last from here on, and shorter than it was when the one before it borrowed."""
        worked_on = TimeEntry.objects.filter(engagement=self.engagement).order_by("work_date").values_list("work_date", flat=True).last()
        soonest = max(period.starts_on, worked_on or period.starts_on) + dt.timedelta(days=1)
        if soonest > period.ends_on:  # new terms had cut the period before, and the next one holds work already
            return
        ends_on = soonest + dt.timedelta(days=self.chance.randrange(min(within, (period.ends_on - soonest).days + 1)))
        end_engagement(actor=ARRANGING, engagement=self.engagement, ends_on=ends_on, reason="Moved on", by_agreement=True)
        self.engagement.refresh_from_db()
        period.refresh_from_db()

    def work_in(self, period: Period) -> None:
        day = period.starts_on + dt.timedelta(days=self.chance.randrange((period.ends_on - period.starts_on).days))
        seconds = self.chance.randrange(60, 5 * 3600)
        kind = self.chance.choice(("included",) * 8 + ("goodwill", "internal"))
        work = Work(service_area=self.chance.choice(AREAS), raw_seconds=seconds, work_date=day, kind=kind)
        log_time(actor=self.worker, engagement=self.engagement, work=work)

    def work_late(self, period: Period) -> None:
        before = self.engagement.periods.closed().filter(ends_on=period.starts_on).first()
        if before is not None:
            self.work_in(before)

    def correct(self, _period: Period) -> None:
        entries = TimeEntry.objects.worked().filter(engagement=self.engagement, period__closed_at__isnull=False, corrections=None)
        entry = entries.order_by("-pk").first()
        if entry is None:
            return
        if self.chance.random() < 0.5:
            delete_entry(actor=self.worker, entry=entry)
        else:
            work = Work(
                service_area=entry.service_area,
                raw_seconds=max(1, entry.raw_seconds + self.chance.randrange(-3600, 600)),
                work_date=entry.work_date,
                kind=entry.kind,
            )
            if work.raw_seconds != entry.raw_seconds:
                change_entry(actor=self.worker, entry=entry, work=work)

    def top_up(self, period: Period) -> None:
        lives = dt.timedelta(days=self.chance.choice((10, 40, 365)))
        kind = self.chance.choice(("top_up", "goodwill"))
        begins = period.starts_on + dt.timedelta(days=self.chance.randrange(20))
        give_lot(
            actor=ARRANGING,
            engagement=self.engagement,
            kind=kind,
            minutes=self.chance.randrange(1, 300),
            usable_from=begins,
            usable_until=begins + lives,
            reason="agreed",
        )

    def say_yes(self, period: Period) -> None:
        until = self.chance.choice((None, period.ends_on + dt.timedelta(days=40)))
        authorise_overage(actor=self.owner, engagement=self.engagement, minutes_cap=self.chance.randrange(1, 200), valid_until=until)

    def say_yes_late(self, period: Period) -> None:
        before = self.engagement.periods.closed().filter(ends_on=period.starts_on).first()
        if before is not None and unauthorised_left(before):
            authorise_closed_overage(actor=self.owner, period=before)

    def agree_anew(self, period: Period) -> None:
        latest = self.engagement.terms.order_by("-starts_on").values_list("starts_on", flat=True)[0]
        starts_on = period.starts_on + dt.timedelta(days=self.chance.randrange(15))
        if starts_on > latest:
            agree_terms(actor=ARRANGING, engagement=self.engagement, terms=Terms(starts_on=starts_on, **policy(self.chance)))

    def rest(self, period: Period) -> None:
        starts_on = period.starts_on + dt.timedelta(days=self.chance.randrange(20))
        if not self.engagement.pauses.filter(ends_on__gt=period.starts_on).exists():
            days = dt.timedelta(days=self.chance.randrange(1, 25))
            pause_engagement(actor=ARRANGING, engagement=self.engagement, starts_on=starts_on, ends_on=starts_on + days, reason="rest")

    besides: dict[Callable[..., None], float] = {
        work_late: 0.4,
        correct: 0.3,
        top_up: 0.2,
        say_yes: 0.3,
        say_yes_late: 0.3,
        agree_anew: 0.1,
        rest: 0.15,
    }
    after_notice = frozenset({work_late, correct, say_yes, say_yes_late})

    def close_twice(self) -> None:
        first = self.open_and_over()
        if first is not None:  # new terms may have cut the period, or let it run on
            assert close_period(actor=ARRANGING, period=first) == close_period(actor=ARRANGING, period=first)

    def reopen_and_close(self) -> None:
        closed = self.engagement.periods.closed().order_by("-starts_on").first()
        if closed is None or closed.corrections.exists() or Charge.objects.filter(concerns=closed).exists():
            return
        reopen_period(actor=self.admin, period=closed, reason="Look again")
        self.work_in(closed)
        self.close_twice()

    def check(self) -> None:
        """Nothing is off: computed anew, in each statement, from one period to the next, and over all of them."""
        connection.check_constraints()
        assert verify_engagement(self.engagement.pk) == []
        closed = [period for period in self.periods if period.closed_at]
        for before, after in pairwise(self.periods):
            assert before.ends_on == after.starts_on
            assert before.closing_minutes == after.opening_minutes
        statements = list(Statement.objects.standing().filter(engagement=self.engagement))
        assert len(statements) == len(closed)
        for statement in statements:
            assert_foots(statement)
        told = {
            by: sum(line["burn_minutes"] for statement in statements for line in statement.document[by])
            for by in ("by_area", "by_person", "by_ticket")
        }
        burned = TimeEntry.objects.filter(period__in=closed)
        assert set(told.values()) == {burned.worked().burned_minutes()}
        lent = sum(period.borrowed_minutes for period in closed[:-1])
        assert lent == sum(period.repaid_minutes + period.unrepaid_minutes for period in closed) + sum(
            each.owed_minutes for each in closed[-1:]
        )
        lines = sum(line["burn_minutes"] for statement in statements for line in statement.document["entries"])
        assert lines == burned.burned_minutes()


def assert_foots(statement: Statement) -> None:
    told = statement.document
    assert digest_of(told) == statement.digest
    assert told["opening"] + told["granted"] + told["adjusted"] - told["covered"] - told["expired"] == told["closing"] >= 0
    beyond = told["borrowed"] + told["overage"] + told["unauthorised"] + told["absorbed"]
    assert told["used"] == told["covered"] + beyond == sum(max(0, line["burn_minutes"]) for line in told["entries"])
    assert told["used"] == sum(part["minutes"] for line in told["entries"] for part in line["covered_by"])
    for name, key in (("covered", "covered"), ("expired", "expired"), ("closing", "closing")):
        assert told[name] == sum(lot[key] for lot in told["lots"])
    assert told["opening"] == sum(lot["minutes"] for lot in told["lots"] if lot["is_carried"])


def test_months_of_many_retainers_under_every_policy_are_never_a_minute_off(mara, ada):
    for seed in range(RETAINERS):
        life = Life(random.Random(seed), mara, ada, months=MONTHS)
        life.play()
        life.check()
    closes = Statement.objects.standing().count()
    assert closes >= RETAINERS * MONTHS // 3


@given(chance=st.randoms(use_true_random=False), months=st.integers(1, 3))
@settings(max_examples=LIVES, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
def test_any_life_of_a_retainer_closes_to_what_it_opens_with_and_verify_finds_nothing(mara, ada, chance, months):
    """Every choice of the life is drawn by hypothesis, so that what fails is told as the shortest life that does."""
    life = Life(chance, mara, ada, months=months)
    life.play()
    life.check()
