"""Money spent for a client: logged with its receipt, approved into one charge, or sent back; never a client's to read."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.errors import Conflict, NotAllowed, WrongClient
from billing.actions.expenses import Spent, approve_expense, change_expense, delete_expense, log_expense, reject_expense
from billing.models import Charge, Expense
from events.models import Notice
from tests import cast
from tests.api_cast import Program, refused, results
from tests.cast import actor, ask, browser
from tests.racing import race

pytestmark = pytest.mark.django_db


def receipt():
    return SimpleUploadedFile("ticket.pdf", b"%PDF-1.4 train", content_type="application/pdf")


def spend(person, company, receipts=(), **changes):
    told: dict[str, Any] = {"spent_on": timezone.localdate(), "category": "travel", "note": "A train"}
    told |= {"amount": Decimal(42), "currency": "USD"} | changes
    return log_expense(actor=actor(person), engagement=company.engagement, spent=Spent(**told), receipts=receipts)


def test_logged_it_waits_with_its_receipt(acorn, ines):
    expense = spend(ines, acorn, [receipt()])
    assert (expense.state, expense.person, expense.receipts.get().name) == ("submitted", ines, "ticket.pdf")
    assert not Charge.objects.exists()


def test_approved_it_is_charged_once(acorn, ines, mara):
    expense = spend(ines, acorn)
    approve_expense(actor=actor(mara), expense=expense)
    made = Charge.objects.get()
    assert (made.kind, made.amount, made.currency, made.expense, made.note) == ("expense", Decimal(42), "USD", expense, "A train")
    with pytest.raises(Conflict, match="does not wait"):
        approve_expense(actor=actor(mara), expense=expense)
    with pytest.raises(IntegrityError, match="an_expense_is_charged_once"), transaction.atomic():
        Charge.objects.create(
            client=acorn.client,
            engagement=acorn.engagement,
            kind="expense",
            expense=expense,
            amount=1,
            currency="USD",
            incurred_on=expense.spent_on,
        )


def test_what_is_ours_is_approved_and_never_charged(acorn, ines, mara):
    approve_expense(actor=actor(mara), expense=spend(ines, acorn, is_billable=False))
    assert not Charge.objects.exists()


def test_paid_in_another_currency_it_asks_what_the_client_is_charged(acorn, ines, mara):
    expense = spend(ines, acorn, currency="EUR")
    with pytest.raises(Conflict, match="Say what the client is charged in USD"), transaction.atomic():
        approve_expense(actor=actor(mara), expense=expense)
    approve_expense(actor=actor(mara), expense=expense, charged_amount=Decimal("45.50"))
    assert Charge.objects.get().amount == Decimal("45.50")


def test_sent_back_its_person_is_told_why_and_said_anew_it_waits_again(acorn, ines, mara):
    expense = spend(ines, acorn)
    with pytest.raises(Conflict, match="Say what is wrong"):
        reject_expense(actor=actor(mara), expense=expense, reason=" ")
    reject_expense(actor=actor(mara), expense=expense, reason="Where is the receipt?")
    assert Notice.objects.get(person=ines).sentences[0] == "Where is the receipt?"
    told = Spent(spent_on=expense.spent_on, category="travel", note="A train", amount=Decimal(40), currency="USD")
    changed = change_expense(actor=actor(ines), expense=expense, spent=told, receipts=[receipt()])
    assert (changed.state, changed.amount, changed.reason, changed.receipts.count()) == ("submitted", Decimal(40), "", 1)


def test_what_is_approved_is_neither_changed_nor_deleted(acorn, ines, mara):
    expense = spend(ines, acorn)
    approve_expense(actor=actor(mara), expense=expense)
    with pytest.raises(Conflict, match="approved and charged"):
        delete_expense(actor=actor(ines), expense=expense)


def test_nobody_approves_their_own_but_an_admin_and_strangers_log_nothing(acorn, ines, mara, ada, tomas, priya):
    own = spend(mara, acorn)
    for person in (mara, ines):
        with pytest.raises(NotAllowed):
            approve_expense(actor=actor(person), expense=own)
    for person in (tomas, priya):
        with pytest.raises(NotAllowed):
            spend(person, acorn)
    assert approve_expense(actor=actor(ada), expense=spend(ada, acorn)).state == "approved"


def test_a_ticket_of_another_client_is_refused(acorn, cobalt, ines, nadia):
    with pytest.raises(WrongClient):
        spend(ines, acorn, ticket=ask(nadia, cobalt))


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"amount": Decimal(0)}, "costs something"), ({"tax": Decimal(50)}, "part of the amount"), ({"note": " "}, "what it was")],
)
def test_what_cannot_be_is_refused_with_a_sentence(acorn, ines, changes, words):
    with pytest.raises(Conflict, match=words):
        spend(ines, acorn, **changes)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_approve_at_once_one_charges(acorn, ines, mara, ada):
    expense = spend(ines, acorn)
    acts = [(who, lambda who=who: approve_expense(actor=who, expense=expense)) for who in (actor(mara), actor(ada))]
    assert sorted(type(each).__name__ for each in race(acts)) == ["Conflict", "Expense"]
    assert Charge.objects.count() == 1


# Doors


def test_a_program_logs_approves_and_reads_the_charge_and_its_client_reads_only_that(acorn, ines, mara, bill):
    told = {"engagement": str(acorn.engagement.pk), "spent_on": timezone.localdate().isoformat(), "category": "software"}
    told |= {"note": "Tokens", "amount": "19.90", "currency": "USD"}
    made = Program(cast.key(ines)).post("expenses", told)
    assert made.status_code == 201, made.content
    path = f"expenses/{made.json()['id']}"
    lead, theirs = Program(cast.key(mara)), Program(cast.key(bill))
    refused(lead.post(f"{path}/approval", {"verdict": "approved"}), 428, "precondition-required")
    refused(lead.post(f"{path}/approval", {"verdict": "approved"}, If_Match='"as it was"'), 412, "changed-meanwhile")
    refused(lead.post(f"{path}/approval", {"verdict": "rejected"}, If_Match="*"), 409, "conflict")
    assert lead.patch(path, {"note": "Model tokens"}).json()["note"] == "Model tokens"
    assert lead.post(f"{path}/approval", {"verdict": "approved"}, If_Match=lead.get(path)["ETag"]).json()["charged_amount"] == "19.90"
    assert [(row["note"], row["amount"]) for row in results(theirs.get("charges"))] == [("Model tokens", "19.90")]
    assert [theirs.get(each).status_code for each in ("expenses", path)] == [404, 404]


def test_receipts_are_sent_beside_it_and_had_back(acorn, ines):
    program = Program(cast.key(ines))
    told = {"engagement": str(acorn.engagement.pk), "spent_on": timezone.localdate().isoformat(), "category": "travel", "note": "A train"}
    made = program.http.post("/api/v1/expenses", told | {"amount": "42", "currency": "USD", "files": receipt()})
    assert made.status_code == 201, made.content
    (row,) = made.json()["receipts"]
    assert b"".join(program.get(f"receipts/{row['id']}/content").streaming_content) == b"%PDF-1.4 train"


def test_a_receipt_found_later_is_added_and_what_was_sent_back_waits_again(acorn, ines, tomas, mara):
    expense = spend(ines, acorn)
    reject_expense(actor=actor(mara), expense=expense, reason="Where is the receipt?")
    program, path = Program(cast.key(ines)), f"/api/v1/expenses/{expense.pk}/receipts"
    added = program.http.post(path, {"files": [receipt(), receipt()]})
    assert added.status_code == 201, added.content
    told = added.json()
    assert ([each["name"] for each in told["receipts"]], told["state"], told["reason"]) == (["ticket.pdf"] * 2, "submitted", "")
    assert (told["note"], told["amount"]) == ("A train", "42.00")
    assert added["ETag"] == program.get(f"expenses/{expense.pk}")["ETag"]
    assert refused(program.http.post(path, {"note": "None"}), 422, "invalid-body")["errors"][0]["pointer"] == "/note"
    assert refused(program.http.post(path), 422, "invalid-body")["errors"][0]["pointer"] == "/files"
    refused(program.post(f"expenses/{expense.pk}/receipts", {}), 415, "unsupported-media-type")
    refused(Program(cast.key(tomas)).http.post(path, {"files": receipt()}), 404, "not-found")
    approve_expense(actor=actor(mara), expense=expense)
    refused(program.http.post(path, {"files": receipt()}), 409, "conflict")
    assert expense.receipts.count() == 2


def test_the_pages_log_list_and_decide_without_javascript(acorn, ines, mara):
    typed = {
        "engagement": acorn.engagement.pk,
        "spent_on": timezone.localdate(),
        "category": "travel",
        "note": "A train",
        "currency": "USD",
    }
    bad = browser(ines).post(reverse("workspace:new_expense"), typed | {"amount": "0", "is_billable": "on"})
    assert (bad.status_code, "An expense costs something" in bad.content.decode()) == (422, True)
    browser(ines).post(reverse("workspace:new_expense"), typed | {"amount": "42", "is_billable": "on", "files": receipt()})
    expense = Expense.objects.get()
    shown = browser(mara).get(reverse("workspace:expenses")).content.decode()
    assert "One waits for approval." in shown
    page = reverse("workspace:expense", args=[expense.pk])
    assert "ticket.pdf" in browser(mara).get(page).content.decode()
    browser(mara).post(reverse("workspace:expense_decision", args=[expense.pk]), {"verdict": "approve"})
    assert Charge.objects.get().amount == 42
    assert "Your answer" not in browser(mara).get(page).content.decode()


def test_the_list_costs_the_same_however_long_it_is(acorn, ines, mara):
    def queries():
        person = browser(mara)
        person.get(reverse("workspace:expenses"))
        with CaptureQueriesContext(connection) as seen:
            person.get(reverse("workspace:expenses"))
        return len(seen)

    spend(ines, acorn)
    few = queries()
    for _ in range(10):
        spend(ines, acorn)
    assert queries() == few
