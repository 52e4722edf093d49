"""Late time and corrections of closed periods: what is closed stands, what was wrong is put right in the open period."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from billing.actions import Work, change_entry, delete_entry, reopen_period
from billing.errors import CorrectionStands, PeriodClosed
from billing.models import Charge, Correction, Lot, TimeEntry
from tests.cast import actor, ask
from tests.closing_cast import day, keep

pytestmark = pytest.mark.django_db


def say(kept, entry, minutes, **more: Any) -> TimeEntry:
    work: dict[str, Any] = {"service_area": entry.service_area, "work_date": entry.work_date} | more
    return change_entry(actor=actor(kept.worker), entry=entry, work=Work(raw_seconds=minutes * 60, **work))


def frozen(period):
    return {name: getattr(period, name) for name in ("used_minutes", "covered_minutes", "overage_minutes", "closing_minutes")}


class TestLateTime:
    def test_it_draws_on_the_open_period_and_leaves_the_closed_one_alone(self, mara):
        kept = keep(mara)
        kept.use(1, 400)
        kept.close(1)
        before = frozen(kept.month(1))
        late = kept.use(1, 60, 20)
        assert late is not None
        assert (late.period, late.is_late, late.work_date) == (kept.month(2), True, day(1, 20))
        assert (frozen(kept.month(1)), kept.month(2).left_minutes) == (before, 740)

    def test_without_carry_it_takes_from_the_new_grant(self, mara):
        kept = keep(mara, carry_periods=0)
        kept.use(1, 400)
        kept.close(1)
        kept.use(1, 60, 20)
        february = kept.month(2)
        assert (kept.month(1).expired_minutes, february.left_minutes, february.overage_minutes) == (200, 540, 0)

    def test_it_is_drawn_before_the_work_of_the_first_day_and_told_as_late(self, mara):
        kept = keep(mara, carry_periods=0)
        kept.close(1)
        kept.use(2, 600, 1)
        kept.use(1, 60, 20)
        document = kept.close(2).document
        told = [(line["date"], line["is_late"], [part["kind"] for part in line["covered_by"]]) for line in document["entries"]]
        assert told == [(day(1, 20).isoformat(), True, ["covered"]), (day(2, 1).isoformat(), False, ["covered", "overage"])]


class TestCorrections:
    def test_covered_minutes_come_back_to_the_end_of_the_open_period(self, mara):
        kept = keep(mara, carry_periods=0)
        entry = kept.use(1, 400)
        kept.close(1)
        before = frozen(kept.month(1))
        correction = say(kept, entry, 340)
        assert entry is not None
        assert (correction.corrects_id, correction.raw_seconds, correction.billed_minutes, correction.burn_minutes) == (
            entry.pk,
            -3600,
            -60,
            -60,
        )
        lot = Lot.objects.get(kind="adjustment")
        assert (lot.minutes, lot.usable_from, lot.usable_until) == (60, kept.month(2).starts_on, kept.month(2).ends_on)
        assert (kept.month(2).adjusted_minutes, kept.month(2).left_minutes, frozen(kept.month(1))) == (60, 660, before)
        document = kept.close(2).document
        assert (document["adjusted"], document["expired"], document["entries"][0]["corrects"]) == (60, 660, str(entry.pk))
        assert (document["used"], document["by_area"]) == (0, [])

    def test_billed_overage_comes_back_as_a_credit_at_its_rate(self, mara):
        kept = keep(mara)
        entry = kept.use(1, 630)
        kept.close(1)
        say(kept, entry, 580)
        credit = Charge.objects.get(kind="credit")
        assert (credit.kind, credit.minutes, credit.rate, credit.amount) == ("credit", 30, Decimal("250.00"), Decimal("-125.000"))
        assert (credit.concerns, credit.period) == (kept.month(1), kept.month(2))
        assert kept.month(2).adjusted_minutes == 20

    def test_credits_of_one_line_never_add_up_to_more_than_was_billed(self, mara):
        kept = keep(mara, overage_rate=Decimal("100.10"))
        kept.use(1, 600, 2)
        entries = [kept.use(1, 1, number) for number in range(5, 12)]
        kept.close(1)
        for entry in entries:
            delete_entry(actor=actor(mara), entry=entry)
        assert sum(credit.amount for credit in Charge.objects.filter(kind="credit")) == -Decimal("11.68")
        assert sum(each.amount for each in Charge.objects.all()) == 0

    def test_borrowed_minutes_come_back_as_hours(self, mara):
        kept = keep(mara, borrow_limit_minutes=120)
        entry = kept.use(1, 690)
        kept.close(1)
        say(kept, entry, 600)
        assert (kept.month(2).granted_minutes, kept.month(2).adjusted_minutes, kept.month(2).capacity_minutes) == (510, 90, 600)

    @pytest.mark.parametrize(("policy", "way"), [("absorb", "absorbed_minutes"), ("authorise", "unauthorised_minutes")])
    def test_minutes_nobody_paid_for_are_only_fewer(self, mara, policy, way):
        kept = keep(mara, overage=policy)
        entry = kept.use(1, 640)
        kept.close(1)
        say(kept, entry, 610)
        assert getattr(Correction.objects.get(), way) == 30
        assert (Charge.objects.count(), kept.month(2).adjusted_minutes) == (0, 0)

    def test_an_entry_is_taken_back_in_parts_and_never_further_than_nothing(self, mara):
        kept = keep(mara)
        entry = kept.use(1, 630)
        kept.close(1)
        assert entry is not None
        say(kept, entry, 615)
        say(kept, entry, 590)
        delete_entry(actor=actor(mara), entry=entry)
        found = Correction.objects.order_by("pk").values_list("credit_minutes", "adjustment_minutes")
        assert list(found) == [(15, 0), (15, 10), (0, 590)]
        with pytest.raises(Exception, match="already"):
            delete_entry(actor=actor(mara), entry=entry)
        assert sum(TimeEntry.objects.values_list("burn_minutes", flat=True)) == 0

    def test_more_than_was_logged_is_late_time(self, mara):
        kept = keep(mara)
        entry = kept.use(1, 60)
        kept.close(1)
        late = say(kept, entry, 90)
        assert (late.raw_seconds, late.corrects, late.is_late, late.period) == (1800, None, True, kept.month(2))

    def test_other_work_takes_the_entry_back_and_logs_it_anew(self, mara):
        kept = keep(mara)
        entry = kept.use(1, 60)
        kept.close(1)
        late = say(kept, entry, 45, service_area="team_support")
        assert (late.service_area, late.billed_minutes, late.is_late) == ("team_support", 45, True)
        assert Correction.objects.get().adjustment_minutes == 60
        assert kept.month(2).used_minutes == 45

    def test_words_of_closed_time_stay_and_a_correction_stands(self, mara):
        kept = keep(mara)
        entry = kept.use(1, 60)
        kept.close(1)
        with pytest.raises(PeriodClosed, match="words stay"):
            say(kept, entry, 60, note="other words")
        correction = say(kept, entry, 30)
        with pytest.raises(CorrectionStands):
            delete_entry(actor=actor(mara), entry=correction)

    def test_a_day_rounded_as_one_gives_back_what_the_day_is_less(self, mara):
        kept = keep(mara, rounding_scope="day_and_ticket", rounding_mode="up", rounding_increment_minutes=30)
        ticket = ask(kept.worker, kept)  # type: ignore[arg-type]  # has what is asked for
        first, second = kept.use(1, 20, ticket=ticket), kept.use(1, 25, ticket=ticket)
        kept.close(1)
        assert first is not None
        assert second is not None
        delete_entry(actor=actor(mara), entry=first)
        assert TimeEntry.objects.get(corrects=first).billed_minutes == -27

    def test_a_period_corrected_since_is_not_opened_again(self, mara, ada):
        kept = keep(mara)
        entry = kept.use(1, 60)
        kept.close(1)
        say(kept, entry, 30)
        with pytest.raises(Exception, match="corrected"):
            reopen_period(actor=actor(ada), period=kept.month(1), reason="x")

    def test_the_database_takes_no_correction_of_open_time_nor_of_more_than_there_is(self, mara):
        kept = keep(mara)
        closed = kept.use(1, 60)
        open_one = kept.use(2, 60)
        kept.close(1)
        connection.check_constraints()
        for entry, seconds in ((open_one, -60), (closed, -3660)):
            assert entry is not None
            entry.pk, entry.corrects_id, entry.period, entry.is_late = None, entry.pk, kept.month(2), True
            entry.raw_seconds, entry.billed_minutes, entry.burn_minutes = seconds, 0, 0
            with pytest.raises(IntegrityError, match="a_correction_takes_back_what_a_closed_entry_had"), transaction.atomic():
                entry.save(force_insert=True)

    def test_sums_over_all_statements_are_the_sums_of_all_time(self, mara):
        kept = keep(mara)
        entry = kept.use(1, 600)
        kept.close(1)
        say(kept, entry, 480)
        kept.use(2, 300)
        kept.close(2)
        documents = [kept.month(number).statements.get().document for number in (1, 2)]
        burned = sum(line["burn_minutes"] for document in documents for line in document["entries"])
        assert burned == 780 == sum(TimeEntry.objects.values_list("burn_minutes", flat=True))
        worked = sum(line["burn_minutes"] for document in documents for line in document["by_person"])
        assert worked == 900 == sum(document["used"] for document in documents)
