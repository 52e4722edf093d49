"""Dinars have three places: what is agreed, charged, consented to and costed in them is exact, and finer is refused in a sentence."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.actions.people import limit_approvals
from accounts.actors import MemberRole
from accounts.models import Firm, Membership
from billing.actions import authorise_closed_overage, authorise_overage
from billing.actions.costing import set_cost_rate
from billing.actions.verifying import verify_engagement
from billing.models import Authorisation, Charge, CostRate
from billing.models.over import overs_of, waiting_of
from engagements.actions import agree_terms
from engagements.errors import TooManyPlaces
from engagements.models import Engagement
from figures.rounding import told_places
from proposals.actions import send_proposal
from tests.api_cast import Program, refused, results
from tests.cast import ARRANGING, Company, actor, browser, key, log, make_contact
from tests.closing_cast import day, keep, promise
from tests.proposal_cast import drafted, sent
from tests.proposal_numbers import QUOTE_FOLLOW_UPS
from tests.test_proposals_workspace import typed as form_of_a_proposal

pytestmark = pytest.mark.django_db


def in_dinars(kept, **terms):
    """The retainer as one in Kuwait, with terms from February on that only dinars can have."""
    Engagement.objects.filter(pk=kept.engagement.pk).update(currency="KWD")
    kept.engagement.refresh_from_db()
    agree_terms(actor=ARRANGING, engagement=kept.engagement, terms=promise(**{"starts_on": day(2), "carry_periods": 0} | terms))
    kept.close(1)
    return kept


def person_of(kept, name, role):
    company = Company(kept.client, kept.engagement, kept.month(2), None)  # type: ignore[arg-type]  # no system is asked for
    return make_contact(name, company, role), company


def test_fee_and_hours_over_of_a_month_are_charged_to_the_fils(mara):
    kept = in_dinars(keep(mara, carry_periods=0), fee=Decimal("2000.125"), overage_rate=Decimal("190.105"))
    kept.use(2, 607)
    document = kept.close(2).document
    assert document["fee"] == "2000.125"
    assert document["overage_lines"] == [{"rate": "190.105", "minutes": 7, "amount": "22.179"}]  # 22.17891...
    made = Charge.objects.filter(period=kept.month(2)).order_by("pk")
    assert [(each.kind, each.amount) for each in made] == [("fee", Decimal("2000.125")), ("overage", Decimal("22.179"))]
    assert verify_engagement(kept.engagement.pk) == []
    page = browser(mara).get(reverse("workspace:period", args=[kept.month(2).pk])).content.decode().replace("\xa0", " ")
    assert "7 min at KWD 190.105 = KWD 22.179" in page or "at KWD 190.105 = KWD 22.179" in page
    assert "KWD 2,022.304" in page


def test_a_prorated_fee_of_dinars_adds_up_to_the_whole(mara):
    kept = in_dinars(keep(mara, carry_periods=0), fee=Decimal("1000.001"))
    agree_terms(actor=ARRANGING, engagement=kept.engagement, terms=promise(starts_on=day(2, 15), carry_periods=0, fee=Decimal("1000.001")))
    assert kept.close(2).document["fee"] == "1000.001"


def test_a_late_yes_in_dinars_costs_what_was_told(mara):
    kept = in_dinars(keep(mara, carry_periods=0), overage="authorise", overage_rate=Decimal("190.105"))
    olga, company = person_of(kept, "Olga Owner", MemberRole.OWNER)
    kept.use(2, 607)
    kept.close(2)
    assert waiting_of(kept.month(2)).amount == Decimal("22.179")
    paid = [authorise_closed_overage(actor=actor(olga, company), period=kept.month(2), minutes=part)[0].amount for part in (1, 2, 4)]
    assert (paid, sum(paid)) == ([Decimal("3.168"), Decimal("6.337"), Decimal("12.674")], Decimal("22.179"))


def test_a_consent_in_dinars_is_used_to_the_fils(mara):
    kept = in_dinars(keep(mara, carry_periods=0), overage="authorise", overage_rate=Decimal("190.105"))
    olga, company = person_of(kept, "Olga Owner", MemberRole.OWNER)
    authorise_overage(actor=actor(olga, company), engagement=kept.engagement, money_cap=Decimal("22.179"))
    kept.use(2, 620)
    [consent] = overs_of(kept.engagement).consents
    assert (consent.given.money_cap, consent.used_minutes, consent.used_money) == (Decimal("22.179"), 7, Decimal("22.179"))
    kept.close(2)
    assert kept.month(2).unauthorised_minutes == 13
    assert verify_engagement(kept.engagement.pk) == []


def test_finer_than_the_currency_is_refused_in_a_sentence_that_names_the_field(mara, ada, acorn, priya):
    finer = Decimal("190.105")
    for field, sentence in (
        ("fee", "A fee in USD has fewer decimals. Write one like 190.11."),
        ("overage_rate", "A rate in USD has fewer"),
    ):
        with pytest.raises(TooManyPlaces, match=sentence) as error:
            agree_terms(
                actor=ARRANGING,
                engagement=keep(mara, f"K{field[:2].upper()}").engagement,
                terms=promise(starts_on=day(2), **{field: finer}),
            )
        assert error.value.field == field
    with pytest.raises(TooManyPlaces, match="An amount in USD has fewer decimals"):
        authorise_overage(actor=actor(priya, acorn), engagement=acorn.engagement, money_cap=finer)
    with pytest.raises(TooManyPlaces, match="A cost in USD has fewer decimals"):
        set_cost_rate(actor=actor(ada), person=mara, rate=finer, starts_on=timezone.localdate())
    assert not Authorisation.objects.exists()


def test_the_doors_take_three_places_and_say_what_is_too_many(mara, ada, acorn):
    program = Program(key(mara))
    tomorrow = (timezone.localdate() + dt.timedelta(days=1)).isoformat()
    path = f"engagements/{acorn.engagement.pk}/terms"
    body = refused(program.post(path, {"starts_on": tomorrow, "overage_rate": "190.105"}), 422, "too-many-places")
    assert [each["pointer"] for each in body["errors"]] == ["/overage_rate"]
    typed = {"person": mara.pk, "rate": "55.125", "starts_on": timezone.localdate().isoformat()}
    answer = browser(ada).post(reverse("workspace:margin"), typed)
    assert answer.status_code == 422
    assert "A cost in USD has fewer decimals. Write one like 55.13." in answer.content.decode()
    assert 'value="55.125"' in answer.content.decode()
    Engagement.objects.filter(pk=acorn.engagement.pk).update(currency="KWD")
    told = program.post(path, {"starts_on": tomorrow, "fee": "2000.100", "overage_rate": "190.105"}).json()
    assert (told["fee"], told["overage_rate"]) == ("2000.10", "190.105")


def test_a_firm_in_dinars_costs_its_people_in_three_places(mara, ada):
    Firm.objects.update(currency="KWD")
    assert set_cost_rate(actor=actor(ada), person=mara, rate=Decimal("55.125"), starts_on=timezone.localdate()).rate == Decimal("55.125")
    assert CostRate.objects.get().rate == Decimal("55.125")


def test_every_amount_is_told_with_its_currency_and_in_its_places(ada, ines, acorn, priya):
    """The retainer in dinars, the firm in dinars first and in yen then, which have no parts."""
    Engagement.objects.filter(pk=acorn.engagement.pk).update(currency="KWD")
    Firm.objects.update(currency="KWD")
    acorn.engagement.refresh_from_db()
    set_cost_rate(actor=ARRANGING, person=ines, rate=Decimal("55.125"), starts_on=timezone.localdate().replace(day=1))
    log(ines, acorn, minutes=60)
    authorise_overage(actor=actor(priya, acorn), engagement=acorn.engagement, money_cap=Decimal("250.125"))
    program, of = Program(key(ada)), f"engagements/{acorn.engagement.pk}"
    assert [each["currency"] for each in results(program.get(f"{of}/terms"))] == ["KWD"]
    assert program.get(of).json()["terms"]["currency"] == "KWD"
    assert [(each["money_cap"], each["currency"]) for each in results(program.get(f"{of}/authorisations"))] == [("250.125", "KWD")]
    for own, labour in (("KWD", "55.125"), ("JPY", "55")):
        Firm.objects.update(currency=own)
        assert [each["currency"] for each in results(program.get("cost-rates"))] == [own]
        (row,) = program.get("margins").json()["periods"]
        assert (row["currency"], row["fee"], row["labour"], row["labour_currency"]) == ("KWD", "2000.000", labour, own)
        used = {each["person"]["name"]: each for each in program.get("utilisation").json()["people"]}[ines.name]
        assert (used["labour"], used["currency"]) == (labour, own)


def test_a_currency_beside_each_amount_costs_no_query(ada, ines, acorn):
    program = Program(key(ada))

    def tables(path):
        program.get(path)
        with CaptureQueriesContext(connection) as asked:
            results(program.get(path))
        return [query["sql"] for query in asked]

    few = len(tables("cost-rates"))
    for month in (1, 2, 3):
        set_cost_rate(actor=ARRANGING, person=ines, rate=Decimal(60), starts_on=day(month))
    assert len(tables("cost-rates")) == few
    for path, table in (("cost-rates", "billing_costrate"), (f"engagements/{acorn.engagement.pk}/terms", "engagements_retainerterms")):
        assert len([sql for sql in tables(path) if f'FROM "{table}"' in sql]) == 1
        assert not [sql for sql in tables(path) if 'FROM "accounts_firm"' in sql and table not in sql]


def test_a_proposal_in_dinars_may_cost_up_to_the_fils(ines, acorn, priya):
    Engagement.objects.filter(pk=acorn.engagement.pk).update(currency="KWD")
    acorn.engagement.refresh_from_db()
    proposal = drafted(acorn, ines)
    told = Program(key(ines)).post(f"proposals/{proposal.pk}/sending", {"cap_amount": "2399.125"}).json()
    assert (told["cap_amount"], told["currency"]) == ("2399.125", "KWD")
    page = browser(priya).get(reverse("portal:proposal", args=[proposal.pk])).content.decode().replace("\xa0", " ")
    assert "This costs at most KWD 2,399.125" in page


def test_a_proposal_in_yen_has_no_parts_of_one(ines, acorn, priya):
    Engagement.objects.filter(pk=acorn.engagement.pk).update(currency="JPY")
    acorn.engagement.refresh_from_db()
    with pytest.raises(TooManyPlaces, match="A cap in JPY has fewer decimals") as error:
        drafted(acorn, ines, cap_amount=Decimal("2400.50"))
    assert error.value.field == "cap_amount"
    proposal = drafted(acorn, ines, inputs=QUOTE_FOLLOW_UPS | {"build_rate": "150.04"})
    refusal = Program(key(ines)).post(f"proposals/{proposal.pk}/sending", {"cap_amount": "2400.5"})
    body = refused(refusal, 422, "too-many-places")
    assert [each["pointer"] for each in body["errors"]] == ["/cap_amount"]
    page = browser(ines).post(reverse("workspace:proposal", args=[proposal.pk]), form_of_a_proposal(cap_amount="2400.5"))
    assert page.status_code == 422
    assert "A cap in JPY has fewer decimals. Write one like 2401." in page.content.decode()
    waiting = send_proposal(actor=actor(ines), proposal=proposal)
    assert waiting.estimate is not None
    assert (waiting.estimate["build"], waiting.cap_amount) == ("2400.64", Decimal(2401))


def test_a_proposal_in_dollars_has_cents_and_no_finer(ines, acorn, priya):
    with pytest.raises(TooManyPlaces, match="A cap in USD has fewer decimals"):
        drafted(acorn, ines, cap_amount=Decimal("2400.125"))
    waiting = sent(acorn, ines, cap_amount=Decimal("2400.10"))
    waiting.refresh_from_db()
    assert str(waiting.cap_amount) == "2400.10"


def test_a_limit_of_dinars_is_kept_as_it_was_set(ada, acorn, priya):
    membership = Membership.objects.get(person=priya, client=acorn.client)
    limit_approvals(actor=actor(ada), membership=membership, up_to=Decimal("250.125"))
    membership.refresh_from_db()
    assert membership.approval_limit == Decimal("250.125")


def test_dollars_read_as_they_always_did(mara, key):
    kept = keep(mara, fee=Decimal(2000), overage_rate=Decimal("190.10"))
    row = kept.engagement.terms.get()
    assert (str(row.fee), str(row.overage_rate)) == ("2000.00", "190.10")
    [told] = Program(key(mara)).get(f"engagements/{kept.engagement.pk}/terms").json()["results"]
    assert (told["fee"], told["overage_rate"]) == ("2000.00", "190.10")
    assert [str(told_places(Decimal(amount))) for amount in ("5", "5.1", "5.100", "5.125", "0")] == [
        "5.00",
        "5.10",
        "5.10",
        "5.125",
        "0.00",
    ]
