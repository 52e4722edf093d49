"""Time said anew around a close, by other hands, twice: what was said is kept, and nothing is counted that was not."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from functools import partial
from itertools import permutations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import scope
from accounts.models import Client
from billing.actions import (
    Work,
    approve_time,
    change_entry,
    close_period,
    delete_entry,
    log_time,
    reject_time,
    reopen_period,
    submit_time,
    withdraw_time,
    work_of,
)
from billing.actions.costing import set_cost_rate
from billing.actions.verifying import verify_engagement
from billing.errors import CorrectionStands, LastPeriodClosed, NoOpenPeriod, NoRetainer, NoSuchTime, PeriodClosed
from billing.models import Correction, TimeEntry, TimeEntryInternal
from engagements.actions import Living, begin_engagement, end_engagement, set_engagement
from events.actions.webhooks import Wanted, add_webhook
from events.models import Event, WebhookMessage
from events.policies import kinds_offered
from tests.api_cast import Program
from tests.cast import ARRANGING, actor, ask, browser, key, log
from tests.closing_cast import day, keep, promise
from tests.import_cast import HEADER, line, run_in
from tests.racing import race

pytestmark = pytest.mark.django_db


def say(kept, entry, minutes, **more):
    work = {"service_area": entry.service_area, "work_date": entry.work_date} | more
    return change_entry(actor=actor(kept.worker), entry=entry, work=Work(raw_seconds=minutes * 60, **work))


def sent_back_and_closed(kept, ada, minutes=60):
    entry = kept.use(1, minutes)
    reject_time(actor=actor(ada), entries=[entry], reason="Which client?")
    kept.close(1)
    entry.refresh_from_db()
    return entry


def listens(person, company=None):
    """An endpoint for all that is told of time, bound to a client or not."""
    who, client = actor(person, company), company.client if company else None
    kinds = [kind for kind in kinds_offered(who) if kind.startswith("time.")]
    return add_webhook(actor=who, wanted=Wanted(url="https://hooks.example.com/tend", kinds=kinds), client=client)[0]


def told(webhook):
    return list(webhook.messages.order_by("pk").values_list("kind", flat=True))


def close_first(kept):
    """Close the first period, where it is the last as well."""
    return close_period(actor=ARRANGING, period=kept.engagement.periods.of_the_promise().earliest("starts_on"))


class TestSentBack:
    def test_at_a_close_it_goes_on_to_the_follower_and_is_handed_in_there(self, mara, ada):
        kept = keep(mara)
        entry = sent_back_and_closed(kept, ada)
        assert (entry.period, entry.is_late, entry.state) == (kept.month(2), True, "rejected")
        submit_time(actor=actor(mara), entries=[entry])
        assert (kept.month(1).used_minutes, kept.month(2).used_minutes) == (0, 60)
        assert verify_engagement(kept.engagement.pk) == []

    @pytest.mark.parametrize("minutes", [30, 60, 90])
    def test_said_anew_after_the_close_all_of_it_counts(self, mara, ada, minutes):
        kept = keep(mara)
        changed = say(kept, sent_back_and_closed(kept, ada), minutes)
        assert (changed.burn_minutes, changed.work_date, kept.month(2).used_minutes) == (minutes, day(1, 10), minutes)

    def test_after_the_close_it_can_be_deleted(self, mara, ada):
        kept = keep(mara)
        delete_entry(actor=actor(mara), entry=sent_back_and_closed(kept, ada))
        assert not TimeEntry.objects.exists()

    def test_a_reopened_period_takes_it_back_and_hands_it_on_again(self, mara, ada):
        kept = keep(mara)
        entry = kept.use(1, 60)
        kept.close(1)
        reopen_period(actor=actor(ada), period=kept.month(1), reason="Wrong client")
        reject_time(actor=actor(ada), entries=[entry], reason="Wrong client")
        kept.close(1)
        entry.refresh_from_db()
        assert entry.period == kept.month(2)
        reopen_period(actor=actor(ada), period=kept.month(1), reason="It was right")
        entry.refresh_from_db()
        assert (entry.period, entry.is_late) == (kept.month(1), False)
        submit_time(actor=actor(mara), entries=[entry])
        approve_time(actor=actor(ada), entries=[entry])
        kept.close(1)
        assert (kept.month(1).used_minutes, verify_engagement(kept.engagement.pk)) == (60, [])

    def test_where_nothing_follows_it_is_refused_with_what_to_do(self, mara, ada):
        kept = keep(mara)
        entry = kept.use(1, 60)
        reject_time(actor=actor(ada), entries=[entry], reason="Which client?")
        end_engagement(actor=ARRANGING, engagement=kept.engagement, ends_on=day(1, 28), reason="over", by_agreement=True)
        close_first(kept)
        for change in (partial(say, kept, entry, 30), partial(delete_entry, actor=actor(mara), entry=entry)):
            with pytest.raises(PeriodClosed, match="counts nowhere"):
                change()
        answer = Program(key(mara)).delete(f"time-entries/{entry.pk}")
        assert (answer.status_code, answer.json()["code"]) == (409, "period-closed")

    def test_a_correction_is_never_sent_back_and_the_database_refuses_it_too(self, mara, ada):
        kept = keep(mara)
        entry = kept.use(1, 630)
        kept.close(1)
        correction = say(kept, entry, 540)
        for decide in (partial(reject_time, reason="no"), withdraw_time, approve_time):
            with pytest.raises(CorrectionStands):
                decide(actor=actor(ada), entries=[correction])
        with pytest.raises(IntegrityError, match="a_correction_always_counts"), transaction.atomic():
            TimeEntry.objects.filter(pk=correction.pk).update(state="rejected")


class TestNoPeriod:
    def test_late_time_after_the_last_close_is_told_to_open_it_again(self, mara):
        kept = keep(mara)
        end_engagement(actor=ARRANGING, engagement=kept.engagement, ends_on=day(1, 28), reason="over", by_agreement=True)
        close_first(kept)
        with pytest.raises(LastPeriodClosed, match="The last period of AI care is closed"):
            kept.use(1, 60)

    def test_a_day_after_the_end_names_the_last_day_and_one_before_the_start_the_first(self, mara):
        kept = keep(mara)
        end_engagement(actor=ARRANGING, engagement=kept.engagement, ends_on=day(2), reason="over", by_agreement=True)
        with pytest.raises(NoOpenPeriod, match="Its last day was 31 January"):
            kept.use(2, 60)
        with pytest.raises(NoOpenPeriod, match="It began on 1 January"):
            log_time(
                actor=actor(mara),
                engagement=kept.engagement,
                work=Work(service_area="reporting", raw_seconds=60, work_date=day(1) - dt.timedelta(days=1)),
            )

    def test_work_on_a_ticket_of_an_ended_retainer_goes_to_the_running_one(self, mara):
        kept = keep(mara)
        ticket = ask(mara, kept)  # type: ignore[arg-type]  # has what is asked for
        end_engagement(actor=ARRANGING, engagement=kept.engagement, ends_on=day(2), reason="over", by_agreement=True)
        program = Program(key(mara))
        work = {"ticket": str(ticket.pk), "minutes": 60}
        with scope.system("the ended one is the only one"):
            refused = program.post("time-entries", work | {"work_date": str(day(2, 10))})
        assert (refused.status_code, refused.json()["code"]) == (422, NoRetainer.code)
        terms = replace(promise(), starts_on=day(2))
        after = begin_engagement(actor=ARRANGING, client=kept.client, name="AI care II", currency="USD", terms=terms)
        late = program.post("time-entries", work | {"work_date": str(day(1, 10))}).json()
        now = program.post("time-entries", work | {"work_date": str(day(2, 10))}).json()
        assert (late["engagement"]["id"], now["engagement"]["id"]) == (str(kept.engagement.pk), str(after.pk))


class TestClosedTimeOverTheApi:
    def test_a_change_of_closed_time_sent_three_times_is_written_once(self, mara):
        kept = keep(mara)
        entry = kept.use(1, 400)
        kept.close(1)
        program = Program(key(mara))
        tag = program.get(f"time-entries/{entry.pk}")["ETag"]
        answers = [program.patch(f"time-entries/{entry.pk}", {"minutes": 460}, If_Match=tag) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 409, 409]
        assert (answers[0].json()["adds_to"], answers[0].json()["raw_seconds"]) == (str(entry.pk), 3600)
        assert kept.month(2).used_minutes == 60

    def test_other_work_sent_twice_is_written_once(self, mara):
        kept = keep(mara)
        entry = kept.use(1, 400)
        kept.close(1)
        say(kept, entry, 400, service_area="team_support")
        with pytest.raises(PeriodClosed):
            say(kept, entry, 400, service_area="team_support")
        assert (kept.month(2).used_minutes, Correction.objects.get().adjustment_minutes) == (400, 400)

    def test_more_then_less_takes_the_late_time_back_first(self, mara):
        kept = keep(mara)
        entry = kept.use(1, 400)
        kept.close(1)
        say(kept, entry, 460)
        say(kept, entry, 430)
        assert (kept.month(2).used_minutes, Correction.objects.count()) == (30, 0)
        say(kept, entry, 380)
        assert (kept.month(2).used_minutes, Correction.objects.get().adjustment_minutes) == (0, 20)
        assert sum(TimeEntry.objects.values_list("burn_minutes", flat=True)) == 380

    def test_late_time_that_closed_meanwhile_is_corrected_in_its_turn(self, mara):
        kept = keep(mara)
        entry = kept.use(1, 400)
        kept.close(1)
        late = say(kept, entry, 460)
        kept.close(2)
        say(kept, entry, 420)
        assert TimeEntry.objects.get(corrects=late).burn_minutes == -40
        assert verify_engagement(kept.engagement.pk) == []

    def test_taking_closed_time_away_answers_with_the_correction(self, mara):
        kept = keep(mara)
        entry = kept.use(1, 400)
        kept.close(1)
        answer = Program(key(mara)).delete(f"time-entries/{entry.pk}")
        assert (answer.status_code, answer.json()["corrects"], answer.json()["raw_seconds"]) == (200, str(entry.pk), -24_000)

    def test_a_correction_keeps_the_words_that_came_with_it(self, mara):
        kept = keep(mara)
        entry = kept.use(1, 400, note="typo")
        kept.close(1)
        form = {"work_date": str(entry.work_date), "time": "6h", "service_area": "reporting", "kind": "included", "note": "It was six"}
        assert browser(mara).post(reverse("workspace:entry", args=[entry.pk]), form).status_code == 302
        assert TimeEntry.objects.get(corrects=entry).note == "It was six"


class TestMeasure:
    def test_words_said_anew_leave_a_stretch_on_its_day_though_the_client_moved(self, mara):
        kept = keep(mara)
        start = dt.datetime.combine(day(1, 31), dt.time(23, 30), dt.UTC)
        stretch = Work(service_area="reporting", started_at=start, ended_at=start + dt.timedelta(hours=1))
        entry = log_time(actor=actor(mara), engagement=kept.engagement, work=stretch)
        Client.objects.filter(pk=kept.client.pk).update(time_zone="Europe/Berlin")
        changed = change_entry(actor=actor(mara), entry=entry, work=replace(stretch, note="Only words"))
        assert (changed.work_date, changed.zone, changed.period) == (day(1, 31), "UTC", kept.month(1))

    def test_time_that_is_still_to_come_and_days_longer_than_a_day_are_refused(self, acorn, ines):
        program = Program(key(ines))
        base = {"engagement": str(acorn.engagement.pk), "service_area": "reporting"}
        now = timezone.now().replace(microsecond=0)
        ahead = program.post("time-entries", base | {"started_at": now.isoformat(), "ended_at": (now + dt.timedelta(hours=3)).isoformat()})
        assert (ahead.status_code, ahead.json()["code"]) == (422, NoSuchTime.code)
        assert program.post("time-entries", base | {"minutes": 1441, "work_date": str(now.date())}).status_code == 422
        assert not TimeEntry.objects.exists()

    def test_a_day_rounded_as_one_burns_the_same_in_every_order_and_tells_of_what_it_changed(self, mara):
        kept = keep(
            mara,
            rounding_increment_minutes=15,
            rounding_mode="up",
            rounding_scope="day_and_ticket",
            weights={"night": 120},
        )
        burned = set()
        for number, kinds in enumerate(permutations(["", "night"])):
            ticket = ask(mara, kept)  # type: ignore[arg-type]  # has what is asked for
            first, second = [kept.use(1, 5, 5 + number, ticket=ticket, work_kind=kind) for kind in kinds]
            burned.add(sum(TimeEntry.objects.filter(ticket=ticket).values_list("burn_minutes", flat=True)))
            assert Event.objects.about(first).filter(kind="time.changed").exists()
            assert not Event.objects.about(second).filter(kind="time.changed").exists()
        assert len(burned) == 1


class TestCosts:
    def test_imported_time_is_costed_with_one_event_for_the_batch(self, ada, tmp_path):
        today = timezone.localdate()
        run_in(tmp_path, HEADER + line(1, today, 1))
        worker = TimeEntry.objects.get().person
        worker.staff_role = "consultant"
        worker.save()
        set_cost_rate(actor=actor(ada), person=worker, rate=Decimal(100), starts_on=dt.date(2020, 1, 1))
        run_in(tmp_path, HEADER + "".join(line(number, today, 1) for number in (1, 2, 3)))
        assert list(TimeEntryInternal.objects.values_list("cost_rate", flat=True)) == [Decimal(100)] * 3
        assert [event.payload["entries"] for event in Event.objects.filter(kind="time.imported").order_by("pk")] == [1, 2]

    @pytest.mark.django_db(transaction=True)
    def test_time_logged_while_a_rate_is_set_never_keeps_the_old_one(self, acorn, ines, ada):
        boss, worker = actor(ada), actor(ines)
        work = Work(service_area="reporting", raw_seconds=60, work_date=timezone.localdate())
        for number in range(5):
            starts_on = dt.date(2020, 1, 1 + number)
            race(
                [
                    (boss, partial(set_cost_rate, actor=boss, person=ines, rate=Decimal(20 + number), starts_on=starts_on)),
                    (worker, partial(log_time, actor=worker, engagement=acorn.engagement, work=work)),
                ]
            )
            with scope.system("reading costs"):
                assert set(TimeEntryInternal.objects.values_list("cost_rate", flat=True)) == {Decimal(20 + number)}


class TestApprovalAndMirrors:
    def test_what_waits_is_approved_when_nobody_approves_any_more(self, acorn, ines):
        living = replace(Living.of(acorn.engagement), needs_approval=True)
        set_engagement(actor=ARRANGING, engagement=acorn.engagement, living=living)
        entry = log(ines, acorn, minutes=60)
        set_engagement(actor=ARRANGING, engagement=acorn.engagement, living=replace(living, needs_approval=False))
        entry.refresh_from_db()
        assert (entry.state, entry.decisions.get().verdict) == ("approved", "approved")

    def test_a_decision_moves_the_entry_in_what_was_updated_since(self, acorn, ines, ada):
        entry = log(ines, acorn, minutes=60)
        entry.refresh_from_db()
        since = (entry.updated_at + dt.timedelta(microseconds=1)).isoformat().replace("+00:00", "Z")
        program = Program(key(ada))
        assert program.get(f"time-entries?updated_since={since}").json()["results"] == []
        reject_time(actor=actor(ada), entries=[entry], reason="Wrong client")
        assert [row["state"] for row in program.get(f"time-entries?updated_since={since}").json()["results"]] == ["rejected"]

    def test_a_client_is_told_that_time_is_gone_and_there_again_and_the_firm_what_was_decided(self, acorn, ines, priya, mara):
        ours, theirs = listens(mara), listens(priya, acorn)
        entry = log(ines, acorn, minutes=60)
        reject_time(actor=actor(mara), entries=[entry], reason="Wrong client")
        submit_time(actor=actor(ines), entries=[entry])
        approve_time(actor=actor(mara), entries=[entry])
        internal = change_entry(actor=actor(ines), entry=entry, work=replace(work_of(entry), kind="internal"))
        change_entry(actor=actor(ines), entry=internal, work=replace(work_of(internal), kind="included"))
        theirs_in_order = ["time.logged", "time.deleted", "time.restored", "time.deleted", "time.changed", "time.restored"]
        assert told(theirs) == theirs_in_order
        assert told(ours) == ["time.logged", "time.rejected", "time.submitted", "time.approved", "time.changed", "time.changed"]
        assert str(ines.pk) not in " ".join(theirs.messages.values_list("body", flat=True))

    def test_logging_time_asks_the_same_questions_however_many_endpoints_listen(self, acorn, ines, mara, priya, ada):
        listens(mara)
        listens(priya, acorn)
        listens(ines)
        log(ines, acorn, minutes=1)
        with CaptureQueriesContext(connection) as few:
            log(ines, acorn, minutes=1)
        for person in (mara, ada, ines):
            for _ in range(6):
                listens(person)
        for _ in range(4):
            listens(priya, acorn)
        with CaptureQueriesContext(connection) as many:
            log(ines, acorn, minutes=1)
        assert len(many) == len(few)
        assert WebhookMessage.objects.filter(event=Event.objects.filter(kind="time.logged").latest("pk")).count() == 25
