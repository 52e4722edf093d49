"""The client says yes to hours over: within a limit, used up in order, kept at the close, and given after it."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from accounts import scope
from accounts.actors import MemberRole
from accounts.errors import Conflict, NotAllowed
from accounts.models import Membership
from billing.actions import (
    Work,
    authorise_closed_overage,
    authorise_overage,
    change_entry,
    delete_entry,
    reopen_period,
    revoke_authorisation,
)
from billing.actions.verifying import verify_ledger
from billing.models import Authorisation, AuthorisationUse, BurnAlert, Charge, Correction
from billing.models.over import waiting_of
from events.models import Notice
from tests.cast import Company, actor, make_contact
from tests.closing_cast import Kept, day, keep

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(mara) -> Kept:
    return keep(mara, overage="authorise", carry_periods=0)


def contact(kept: Kept, name: str, *roles: MemberRole, limit: int | None = None):
    """Somebody of the client, as an actor."""
    company = Company(kept.client, kept.engagement, kept.month(1), None)  # type: ignore[arg-type]  # no system is asked for
    person = make_contact(name, company, *roles)
    if limit is not None:
        Membership.objects.filter(person=person).update(approval_limit=limit)
    return actor(person, company)


@pytest.fixture
def owner(kept):
    return contact(kept, "Olga Owner", MemberRole.OWNER)


def yes(kept, by, **limits) -> Authorisation:
    with scope.of(by):
        return authorise_overage(actor=by, engagement=kept.engagement, **limits)


def over(kept, month=1):
    period = kept.month(month)
    return period.overage_minutes, period.unauthorised_minutes


def test_hours_over_wait_for_a_yes_and_follow_it_at_once(kept, owner):
    kept.use(1, 700)
    assert over(kept) == (0, 100)
    yes(kept, owner, minutes_cap=60)
    assert over(kept) == (60, 40)
    yes(kept, owner, money_cap=Decimal("125.00"))
    assert over(kept) == (90, 10)


def test_a_yes_covers_work_before_its_last_day_only(kept, owner):
    kept.use(1, 600, 2)
    kept.use(1, 30, 10)
    kept.use(1, 30, 20)
    yes(kept, owner, minutes_cap=600, valid_until=day(1, 20))
    assert over(kept) == (30, 30)


def test_a_yes_for_closed_days_only_is_refused_because_it_would_cover_nothing(kept, owner):
    with pytest.raises(Conflict, match="are closed") as refusal:
        yes(kept, owner, minutes_cap=600, valid_until=day(1, 1))
    assert refusal.value.field == "valid_until"
    assert not Authorisation.objects.exists()


@pytest.mark.parametrize(
    ("roles", "limit", "minutes", "may"),
    [
        ((MemberRole.REQUESTER,), None, 6, False),
        ((MemberRole.BILLING,), None, 6, False),
        ((MemberRole.APPROVER,), None, 6, False),
        ((MemberRole.APPROVER,), 250, 60, True),
        ((MemberRole.APPROVER,), 250, 61, False),
        ((MemberRole.OWNER,), None, 60000, True),
    ],
)
def test_who_approves_for_the_client_says_yes_within_their_limit(kept, roles, limit, minutes, may):
    by = contact(kept, "Abe Asked", *roles, limit=limit)
    if may:
        assert yes(kept, by, minutes_cap=minutes).given_by_id == by.person_id
    else:
        with pytest.raises(NotAllowed):
            yes(kept, by, minutes_cap=minutes)


def test_neither_the_firm_nor_another_client_says_yes(kept, mara, cobalt, nadia):
    for stranger in (actor(mara), actor(nadia)):
        with pytest.raises(NotAllowed):
            authorise_overage(actor=stranger, engagement=kept.engagement, minutes_cap=60)


def test_a_yes_has_a_limit(kept, owner):
    for limits in ({}, {"minutes_cap": 0}, {"money_cap": Decimal(0)}):
        with pytest.raises(Exception, match=r"minutes|limit"):
            yes(kept, owner, **limits)


def test_what_a_period_used_is_kept_at_its_close_and_used_in_the_next(kept, owner):
    given = yes(kept, owner, minutes_cap=100)
    kept.use(1, 670)
    document = kept.close(1).document
    assert document["authorisations"] == [{"authorisation": str(given.pk), "minutes": 70}]
    assert [part["why"] for part in document["entries"][0]["covered_by"]] == ["grant", "authorised"]
    assert (AuthorisationUse.objects.get().minutes, AuthorisationUse.objects.get().rated) == (70, Decimal("17500.00"))
    kept.use(2, 660)
    assert over(kept, 2) == (30, 30)
    assert list(verify_ledger()) == []


def test_a_reopening_gives_back_what_the_close_used(kept, owner, ada):
    yes(kept, owner, minutes_cap=100)
    entry = kept.use(1, 670)
    kept.close(1)
    reopen_period(actor=actor(ada), period=kept.month(1), reason="Wrong day")
    delete_entry(actor=actor(kept.worker), entry=entry)
    kept.use(1, 690)
    kept.close(1)
    assert AuthorisationUse.objects.standing().get().minutes == 90
    assert list(verify_ledger()) == []


def test_a_revoked_yes_keeps_what_was_used_and_allows_no_more(kept, owner):
    given = yes(kept, owner, minutes_cap=100)
    kept.use(1, 620)
    revoke_authorisation(actor=owner, authorisation=given)
    kept.use(1, 30, 20)
    assert over(kept) == (20, 30)
    with pytest.raises(Exception, match="already"):
        revoke_authorisation(actor=owner, authorisation=given)
    kept.close(1)
    assert list(verify_ledger()) == []


def test_people_are_told_once_at_each_mark_of_a_yes(kept, owner, ada):
    yes(kept, owner, minutes_cap=100)
    kept.use(1, 649)
    alerts = BurnAlert.objects.filter(kind="consent")
    assert not alerts.exists()
    kept.use(1, 1, 11)
    kept.use(1, 60, 12)
    found = alerts.order_by("percent").values_list("percent", "is_superseded", "used_minutes", "capacity_minutes")
    assert list(found) == [(50, False, 50, 100), (80, True, 100, 100), (100, False, 100, 100)]
    assert {alert.period for alert in alerts} == {kept.month(1)}
    assert Notice.objects.filter(kind="alert.authorisation", person=ada).count() == 2
    assert Notice.objects.filter(kind="alert.authorisation", person_id=owner.person_id).count() == 2


def test_a_yes_after_the_close_is_a_charge_of_the_open_period(kept, owner):
    kept.use(1, 700)
    statement = kept.close(1)
    assert statement.document["unauthorised_lines"] == [{"rate": "250.00", "minutes": 100, "amount": "416.67"}]
    with scope.of(owner):
        (charge,) = authorise_closed_overage(actor=owner, period=kept.month(1), minutes=60)
    assert (charge.kind, charge.minutes, charge.rate, charge.amount) == ("overage", 60, Decimal("250.00"), Decimal("250.00"))
    assert (charge.period, charge.concerns, over(kept)) == (kept.month(2), kept.month(1), (0, 100))
    authorise_closed_overage(actor=owner, period=kept.month(1))
    assert sum(line.minutes or 0 for line in Charge.objects.all()) == 100
    with pytest.raises(Exception, match="0 minutes"):
        authorise_closed_overage(actor=owner, period=kept.month(1))


def test_a_yes_after_the_close_stays_within_the_approvers_limit(kept):
    abe = contact(kept, "Abe Approver", MemberRole.APPROVER, limit=100)
    kept.use(1, 700)
    kept.close(1)
    with pytest.raises(NotAllowed, match="more than"):
        authorise_closed_overage(actor=abe, period=kept.month(1))
    assert authorise_closed_overage(actor=abe, period=kept.month(1), minutes=24)[0].amount == 100


def test_what_was_corrected_can_no_longer_be_authorised_and_what_was_charged_comes_back(kept, owner):
    entry = kept.use(1, 700)
    assert entry is not None
    kept.close(1)
    authorise_closed_overage(actor=owner, period=kept.month(1), minutes=70)
    work = Work(service_area=entry.service_area, raw_seconds=620 * 60, work_date=entry.work_date)
    change_entry(actor=actor(kept.worker), entry=entry, work=work)
    correction = Correction.objects.get()
    assert (correction.unauthorised_minutes, correction.credit_minutes) == (30, 50)
    assert Charge.objects.get(kind="credit").amount == Decimal("-208.34")
    assert sum((line.minutes or 0) * (1 if line.kind == "overage" else -1) for line in Charge.objects.all()) == 20


def test_the_database_only_lets_a_yes_be_revoked(kept, owner):
    given = yes(kept, owner, minutes_cap=100)
    with pytest.raises(IntegrityError, match="an_authorisation_is_only_revoked"), transaction.atomic():
        Authorisation.objects.filter(pk=given.pk).update(minutes_cap=1000)


def test_a_requester_of_the_client_reads_no_authorisation(kept, owner):
    yes(kept, owner, minutes_cap=100)
    rob = contact(kept, "Rob Requester", MemberRole.REQUESTER)
    assert not Authorisation.objects.visible_to(rob).exists()
    assert Authorisation.objects.visible_to(owner).exists()


def test_a_limit_is_not_passed_in_parts_before_or_after_the_close(kept, owner):
    abel = contact(kept, "Abel Approver", MemberRole.APPROVER, limit=400)
    first = yes(kept, abel, money_cap=Decimal(300))
    with pytest.raises(NotAllowed, match="With what you said yes to already"):
        yes(kept, abel, money_cap=Decimal(200))
    with scope.of(abel):
        revoke_authorisation(actor=abel, authorisation=first)
    kept.use(1, 720)
    kept.close(1)
    with scope.of(abel):
        authorise_closed_overage(actor=abel, period=kept.month(1), minutes=60)
        with pytest.raises(NotAllowed, match="With what you said yes to already"):
            authorise_closed_overage(actor=abel, period=kept.month(1), minutes=60)
    with scope.of(owner):
        authorise_closed_overage(actor=owner, period=kept.month(1), minutes=60)


def test_a_yes_in_parts_costs_what_one_yes_costs(mara):
    """20 minutes over at 190.10 are 63.37; twenty parts of one minute, each rounded for itself, would be 63.40."""
    kept = keep(mara, overage="authorise", overage_rate=Decimal("190.10"))
    owner = contact(kept, "Olga Owner", MemberRole.OWNER)
    kept.use(1, 620)
    told = kept.close(1).document["unauthorised_lines"]
    assert [line["amount"] for line in told] == ["63.37"]
    paid = []
    for _minute in range(20):
        waits = waiting_of(kept.month(1)).amount
        (charge,) = authorise_closed_overage(actor=owner, period=kept.month(1), minutes=1)
        paid.append(charge.amount)
        assert waits == Decimal("63.37") - sum(paid[:-1])
    assert sum(paid) == Decimal("63.37")
    assert {Decimal("3.16"), Decimal("3.17")} == set(paid)
    assert list(verify_ledger()) == []
