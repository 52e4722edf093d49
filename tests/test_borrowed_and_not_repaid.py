"""What a period borrowed and the last grant is too short to repay: over by the terms of the last period's first day.

The cases are reckoned by hand: 600 minutes a month, 90 borrowed in February, the engagement ends on 4 March. Three of thirty-one days
grant 58 minutes (600 * 3 / 31 = 58.06), which repay as much, so 32 are left.
"""

import io
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from accounts.actors import MemberRole
from billing.actions import authorise_overage, close_or_propose, close_period, delete_entry, preview_close, reopen_period
from billing.actions.verifying import verify_engagement
from billing.models import Charge, Period, Posting, Statement
from billing.models.margin import margins
from billing.models.over import overs_of, unauthorised_left, waiting_of
from billing.models.statement import document_today
from billing.rules.ledger import project, project_chain
from billing.rules.movements import Authorisation, Lot
from billing.rules.statement import digest_of
from engagements.actions import end_engagement
from look.statements import Names, tell
from look.statements.sheet import sheet_of
from tests import ledger_cast as pure
from tests.cast import ARRANGING, Company, actor, browser, make_contact
from tests.closing_cast import Kept, day, keep
from tests.test_ledger_properties import consents, dated_lots, entries_of, retainers
from tests.test_verify import ignoring_triggers_of

FATES = ("overage", "unauthorised", "absorbed")
LEFT = Lot("grant", 58, pure.day(3, 1), pure.day(5, 1))


def march(terms, *entries, lots=(LEFT,), owed=90, given=()):
    span = pure.month(3, owed_minutes=owed, is_last=True)
    return project(terms, span, lots, entries, given)


def called_in(found):
    return found.repaid_minutes, found.unrepaid_minutes, found.owed_minutes


@pytest.mark.parametrize(("policy", "fate"), [("bill", "overage"), ("authorise", "unauthorised"), ("absorb", "absorbed")])
def test_what_the_last_grant_cannot_repay_falls_under_the_policy(policy, fate):
    found = march(pure.promise(overage=policy))
    assert called_in(found) == (58, 32, 0)
    assert {each: getattr(found, f"unrepaid_{each}_minutes") for each in FATES} == {**dict.fromkeys(FATES, 0), fate: 32}
    assert (found.capacity_minutes, found.used_minutes, found.beyond_minutes) == (0, 0, 0)


def test_a_grant_that_repays_all_calls_nothing_in():
    assert called_in(march(pure.promise(), owed=58)) == (58, 0, 0)


def test_without_a_last_grant_all_of_it_is_called_in():
    assert called_in(march(pure.promise(), lots=())) == (0, 90, 0)


def test_while_the_engagement_runs_what_a_grant_cannot_repay_waits_for_the_next():
    terms = pure.promise()
    paused = [pure.Link(terms, pure.month(3, owed_minutes=90), [LEFT], []), pure.Link(terms, pure.month(4), pure.grants(terms, 4), [])]
    assert [called_in(found) for found in project_chain(paused)] == [(58, 0, 32), (32, 0, 0)]


def test_the_rate_and_the_policy_are_those_of_the_first_day():
    later = pure.promise(starts_on=pure.day(3, 2), overage="absorb", overage_rate=Decimal(400))
    found = march([pure.promise(ends_on=pure.day(3, 2), overage_rate=Decimal("185.00")), later])
    [row] = found.unrepaid
    assert (row.kind, row.minutes, row.rate) == ("overage", 32, Decimal("185.00"))


def test_it_uses_a_consent_before_the_work_of_the_period_does():
    given = Authorisation("yes", minutes_cap=50)
    found = march(pure.promise(overage="authorise"), pure.work(pure.day(3, 1), 40), given=[given])
    assert [(row.kind, row.minutes, row.authorisation_id) for row in found.unrepaid] == [("overage", 32, "yes")]
    assert (found.overage_minutes, found.unauthorised_minutes, found.authorisations[0].used_minutes) == (18, 22, 50)


def test_a_consent_that_ended_before_the_first_day_is_no_use_to_it():
    found = march(pure.promise(overage="authorise"), given=[Authorisation("old", 500, valid_until=pure.day(3, 1))])
    assert found.unrepaid_unauthorised_minutes == 32


def test_hours_that_a_correction_gives_back_repay_before_anything_is_called_in():
    back = Lot("back", 40, pure.day(3, 1), pure.day(4, 1), "adjustment")
    found = march(pure.promise(), lots=(LEFT, back))
    assert called_in(found) == (90, 0, 0)
    assert (found.adjusted_minutes, found.expired_minutes) == (8, 8)


def test_hours_that_were_bought_or_carried_repay_nothing():
    bought = Lot("bought", 100, pure.day(3, 1), pure.day(6, 1), "top_up")
    carried = Lot("old", 20, pure.day(2, 1), pure.day(4, 1), is_carried=True)
    found = march(pure.promise(), lots=(LEFT, bought, carried))
    assert (called_in(found), found.opening_minutes, found.granted_minutes) == ((58, 32, 0), 20, 100)


@given(retainers, entries_of(2, late=False), dated_lots(2), consents, st.integers(0, 400), st.integers(0, 200))
def test_what_was_borrowed_is_repaid_or_called_in_and_is_no_use_of_the_period(terms, entries, lots, given_consents, owed, grant):
    lots = [Lot("grant", grant, pure.day(2, 1), pure.day(3, 1)), *lots]
    back = sum(lot.minutes for lot in lots if lot.kind == "adjustment")
    found = project(terms, pure.month(2, owed_minutes=owed, is_last=True), lots, entries, given_consents)
    assert called_in(found) == (min(owed, grant + back), max(0, owed - grant - back), 0)
    assert found.unrepaid_minutes == sum(getattr(found, f"unrepaid_{fate}_minutes") for fate in FATES)
    assert found.used_minutes == sum(entry.burn_minutes for entry in entries)
    for state in found.authorisations:
        assert state.authorisation.minutes_cap is None or state.used_minutes <= state.authorisation.minutes_cap


def ended(worker, **changes) -> Kept:
    """January and February closed, 90 minutes of March borrowed, then notice to 4 March."""
    kept = keep(worker, **{"borrow_limit_minutes": 120} | changes)
    kept.use(1, 600)
    kept.close(1)
    kept.use(2, 690)
    kept.close(2)
    assert kept.month(2).borrowed_minutes == 90
    end_engagement(actor=ARRANGING, engagement=kept.engagement, ends_on=day(3, 4), reason="Moved on", by_agreement=True)
    kept.engagement.refresh_from_db()
    return kept


def last(kept: Kept) -> Period:
    return kept.engagement.periods.covering(day(3)).get()


def close_last(kept: Kept) -> Statement:
    return close_period(actor=ARRANGING, period=last(kept))


def charged(kept: Kept):
    return [(each.kind, each.minutes, each.rate, each.amount) for each in Charge.objects.filter(period=last(kept)).order_by("pk")]


def parts(document):
    return document["unrepaid"], [(line["kind"], line["rate"], line["minutes"], line["amount"]) for line in document["unrepaid_lines"]]


def client_of(kept: Kept, name: str, role: MemberRole):
    company = Company(kept.client, kept.engagement, last(kept), None)  # type: ignore[arg-type]  # no system is asked for
    return make_contact(name, company, role), company


@pytest.mark.django_db
def test_the_close_charges_it_as_a_line_of_its_own(mara):
    kept = ended(mara)
    assert parts(preview_close(kept.engagement, last(kept)).document) == (32, [("overage", "250.00", 32, "133.33")])
    statement = close_last(kept)
    assert parts(statement.document) == (32, [("overage", "250.00", 32, "133.33")])
    assert (statement.document["used"], statement.document["repaid"], statement.document["owed"]) == (0, 58, 0)
    assert charged(kept) == [("unrepaid", 32, Decimal(250), Decimal("133.330"))]
    [posting] = Posting.objects.filter(period=last(kept))
    assert (posting.kind, posting.minutes, posting.entry, posting.lot) == ("overage", 32, None, None)
    connection.check_constraints()
    assert verify_engagement(kept.engagement.pk) == []


@pytest.mark.django_db
def test_it_stands_beside_work_that_is_over_at_the_same_rate(mara):
    kept = ended(mara)
    kept.use(3, 20, 2)
    close_last(kept)
    assert charged(kept) == [("overage", 20, Decimal(250), Decimal("83.330")), ("unrepaid", 32, Decimal(250), Decimal("133.330"))]
    assert verify_engagement(kept.engagement.pk) == []


@pytest.mark.django_db
def test_absorbed_it_is_told_and_charged_to_nobody(mara):
    kept = ended(mara, overage="absorb")
    assert parts(close_last(kept).document) == (32, [("absorbed", None, 32, None)])
    assert charged(kept) == []
    assert verify_engagement(kept.engagement.pk) == []


@pytest.mark.django_db
def test_it_waits_for_a_yes_and_is_charged_with_it_after_the_last_close_only_by_opening_it_again(mara, ada):
    kept = ended(mara, overage="authorise")
    assert [(waiting.minutes, waiting.amount) for waiting in overs_of(kept.engagement).waiting] == [(32, Decimal("133.33"))]
    assert waiting_of(last(kept)).minutes == 32
    olga, company = client_of(kept, "Olga Owner", MemberRole.OWNER)
    assert parts(close_last(kept).document)[1] == [("unauthorised", "250.00", 32, "133.33")]
    assert (charged(kept), unauthorised_left(last(kept))) == ([], {Decimal(250): 32})
    reopen_period(actor=actor(ada), period=last(kept), reason="The client agrees after all")
    authorise_overage(actor=actor(olga, company), engagement=kept.engagement, minutes_cap=30)
    assert parts(close_last(kept).document)[1] == [("overage", "250.00", 30, "125.00"), ("unauthorised", "250.00", 2, "8.33")]
    assert charged(kept) == [("unrepaid", 30, Decimal(250), Decimal(125))]
    connection.check_constraints()
    assert verify_engagement(kept.engagement.pk) == []


@pytest.mark.django_db
def test_opened_again_it_is_given_back(mara, ada):
    kept = ended(mara)
    close_last(kept)
    reopen_period(actor=actor(ada), period=last(kept), reason="An hour was forgotten")
    assert sum(each.amount for each in Charge.objects.filter(period=last(kept))) == 0
    assert (last(kept).unrepaid_minutes, last(kept).owed_minutes) == (32, 0)
    connection.check_constraints()
    assert verify_engagement(kept.engagement.pk) == []


@pytest.mark.django_db
def test_borrowed_time_that_is_taken_back_repays_what_it_borrowed(mara):
    kept = keep(mara, borrow_limit_minutes=120)
    kept.use(1, 600)
    kept.close(1)
    kept.use(2, 600, 5)
    borrowed = kept.use(2, 90, 20)
    kept.close(2)
    end_engagement(actor=ARRANGING, engagement=kept.engagement, ends_on=day(3, 4), reason="Moved on", by_agreement=True)
    delete_entry(actor=actor(mara), entry=borrowed)
    period = last(kept)
    assert (period.repaid_minutes, period.unrepaid_minutes, period.adjusted_minutes) == (90, 0, 58)
    kept.engagement.refresh_from_db()
    close_last(kept)
    assert charged(kept) == []
    assert verify_engagement(kept.engagement.pk) == []


@pytest.mark.django_db
def test_the_margin_counts_it_before_the_close_as_after_it(mara):
    kept = ended(mara)

    def brought_in():
        (row,) = margins(Period.objects.filter(pk=last(kept).pk).select_related("engagement"), "USD")
        return row.margin.charged

    before = brought_in()
    close_last(kept)
    assert before == brought_in() == Decimal("133.33")


@pytest.mark.django_db
def test_the_statement_tells_it_on_both_pages_in_print_and_as_a_file(mara):
    kept = ended(mara)
    bill, _company = client_of(kept, "Bill Keeper", MemberRole.BILLING)
    statement = close_last(kept)
    for person, door in ((mara, "workspace:period"), (bill, "portal:period")):
        page = browser(person).get(reverse(door, args=[last(kept).pk])).content.decode().replace("\xa0", " ")
        assert "Borrowed before, not repaid" in page
        assert "32 min at USD 250.00 = USD 133.33" in page
    sheet = browser(bill).get(reverse("portal:period", args=[last(kept).pk]), {"format": "csv"})
    assert "Borrowed before, not repaid" in sheet.getvalue().decode().replace("\xa0", " ")
    pdf = PdfReader(io.BytesIO(browser(bill).get(reverse("portal:statement_pdf", args=[statement.pk])).content))
    printed = " ".join(page.extract_text() for page in pdf.pages).replace("\xa0", " ")
    assert "Borrowed before, not repaid" in printed
    assert "133.33" in printed


@pytest.mark.django_db
def test_who_reads_no_money_reads_its_minutes_alone(mara):
    kept = ended(mara)
    rob, _company = client_of(kept, "Rob Keeper", MemberRole.REQUESTER)
    close_last(kept)
    page = browser(rob).get(reverse("portal:period", args=[last(kept).pk])).content.decode().replace("\xa0", " ")
    assert "32 min billed" in page
    assert "133.33" not in page


@pytest.mark.django_db
def test_its_line_of_the_file_counts_nothing(mara):
    kept = ended(mara)
    kept.use(3, 20, 2)
    told = tell(document_today(last(kept)), Names({}, {}, {}), is_open=True)
    assert [(row.burn_minutes, row.cover.summary != "") for row in sheet_of(told)] == [(20, True), (0, True)]
    assert [(line.label, line.minutes) for line in told.over_lines] == [("Over, billed", 20), ("Borrowed before, not repaid", 32)]


BROKEN = {
    "what_a_period_calls_in_foots": "unrepaid_minutes = 31",
    "what_is_called_in_is_owed_no_more": "owed_minutes = 1",
    "only_the_last_close_calls_in_what_was_borrowed": "is_last = false",
}


@pytest.mark.django_db
@pytest.mark.parametrize("rule", BROKEN)
def test_the_database_refuses_a_debt_that_does_not_foot(mara, rule):
    kept = ended(mara)
    close_last(kept)
    connection.check_constraints()
    ignoring_triggers_of("billing_period")
    with pytest.raises(IntegrityError, match=rule), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE billing_period SET {BROKEN[rule]} WHERE id = %s", [last(kept).pk])


@pytest.mark.django_db
def test_a_close_that_forgets_what_was_borrowed_is_refused_at_commit(mara, monkeypatch):
    kept = ended(mara)
    monkeypatch.setattr(
        "billing.models.ledger.open_periods", lambda engagement: engagement.periods.open().of_the_promise().order_by("starts_on")
    )
    monkeypatch.setattr(Period, "owed_before", 0, raising=False)
    close_last(kept)
    with pytest.raises(IntegrityError, match="what_was_borrowed_is_repaid_or_owed_or_called_in"):
        connection.check_constraints()


@pytest.mark.django_db
def test_a_last_period_closed_before_this_was_called_in_stays_as_it_is_and_is_sound(mara, monkeypatch):
    kept = ended(mara)
    with monkeypatch.context() as before:
        before.setattr("billing.rules.ledger._Drawing._call_in", lambda _self: ())
        before.setattr("billing.models.statement.ENGINE", "2")
        before.setattr("billing.actions.closing.ENGINE", "2")
        before.setattr("billing.models.statement.document_of_period.__kwdefaults__", {"engine": "2"})
        statement = close_last(kept)
    assert (last(kept).owed_minutes, last(kept).unrepaid_minutes, charged(kept)) == (32, 0, [])
    assert "unrepaid" not in statement.document
    assert digest_of(statement.document) == statement.digest
    assert verify_engagement(kept.engagement.pk) == []
    ignoring_triggers_of("billing_statement")
    Statement.objects.filter(pk=statement.pk).update(
        document=statement.document | {"closing": 7}, digest=digest_of(statement.document | {"closing": 7})
    )
    assert any("does not say" in finding for finding in verify_engagement(kept.engagement.pk))
    page = browser(mara).get(reverse("workspace:period", args=[last(kept).pk]))
    assert page.status_code == 200


@pytest.mark.django_db
def test_a_last_period_that_was_open_before_this_is_called_in_by_the_next_look_at_what_is_due(mara):
    kept = ended(mara, overage="authorise")
    Period.objects.filter(pk=last(kept).pk).update(owed_minutes=32, unrepaid_minutes=0, unrepaid_unauthorised_minutes=0)
    assert any("unrepaid_minutes is 0" in finding for finding in verify_engagement(kept.engagement.pk))
    for _time in range(2):
        close_or_propose(now=timezone.now())
    assert (last(kept).owed_minutes, last(kept).unrepaid_minutes, last(kept).waiting_minutes) == (0, 32, 32)
    assert verify_engagement(kept.engagement.pk) == []
