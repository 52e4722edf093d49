"""The firm writes a proposal down, sees what its figures come to while it types, and sends it, with a script and without."""

from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.models import Membership
from proposals.actions import decline_proposal
from proposals.models import Proposal
from tests.cast import browser, text
from tests.proposal_cast import drafted, sent
from tests.proposal_numbers import QUOTE_FOLLOW_UPS, TOO_RARE
from tests.ticket_cast import does

HX = {"HX-Request": "true"}


def at(proposal, name="proposal"):
    return reverse(f"workspace:{name}", args=[proposal.pk])


def typed(inputs=QUOTE_FOLLOW_UPS, **more):
    """The form of a proposal as a browser sends it."""
    form = {"title": "Draft the quote follow-ups", "summary": "Ines reads each draft.", "system": "", "cap_amount": "", "expires_on": ""}
    for name, of in inputs.items():
        form |= {f"{name}_{part}": str(value) for part, value in of.items()} if isinstance(of, dict) else {name: of}
    form |= {"task_0_subject": "Read the open quotes", "task_0_time": "6h", "task_0_area": "integration_maintenance"}
    form |= {"task_1_subject": "Draft the follow-ups", "task_1_time": "10h", "task_1_area": "workflow_expansion"}
    return form | more


def test_from_the_idea_to_the_client_without_a_script(acorn, ines, priya):
    desk = browser(ines)
    written = desk.post(reverse("workspace:new_proposal"), {"engagement": str(acorn.engagement.pk), "title": "Quote follow-ups"})
    proposal = Proposal.objects.get()
    assert (written.status_code, written["Location"]) == (302, at(proposal))
    assert "it is computed here" in text(desk.get(at(proposal)))
    saved = desk.post(at(proposal), typed(), follow=True)
    shown = text(saved)
    for figure in ("USD 483.33", "USD 2,400.00", "5.0 months", "USD 3,400.00", "USD 3,110.24", "USD 212.50 for each hour of building"):
        assert figure in shown
    assert "Send to Acorn Mills" in shown
    proposal.refresh_from_db()
    assert [task.minutes for task in proposal.tasks.all()] == [360, 600]
    desk.post(at(proposal, "proposal_sending"))
    shown = text(desk.get(at(proposal)))
    assert "up to USD 2,400" in shown
    assert "Save and compute" not in shown
    assert desk.post(at(proposal), typed(title="Other")).status_code == 422


def test_what_is_typed_comes_back_as_it_was(acorn, ines):
    desk, proposal = browser(ines), drafted(acorn, ines)
    shown = text(desk.get(at(proposal)))
    assert 'name="frequency_per_week_likely" value="120"' in shown
    assert 'name="task_1_time" value="10h"' in shown
    desk.post(at(proposal), typed())
    again = Proposal.objects.get()
    assert (again.inputs, again.estimate) == (proposal.inputs, proposal.estimate)


def test_numbers_live_while_somebody_types(acorn, ines):
    desk, proposal = browser(ines), drafted(acorn, ines)
    reading = desk.post(at(proposal, "proposal_reading"), typed(frequency_per_week_likely="240"), headers=HX)
    assert text(reading).lstrip().startswith('<div id="numbers"')
    assert "USD 1,176.67" in text(reading)  # twice 693.33 less 210
    wrong = desk.post(at(proposal, "proposal_reading"), typed(manual_minutes_low="9"), headers=HX)
    assert (wrong.status_code, "The low figure is above the likely one." in text(wrong)) == (200, True)
    assert Proposal.objects.get().estimate == proposal.estimate


def test_what_is_wrong_stands_at_its_figure(acorn, ines):
    answered = browser(ines).post(at(drafted(acorn, ines)), typed(manual_minutes_high="2"))
    assert answered.status_code == 422
    assert 'id="id_manual_minutes_high_error"' in text(answered)
    assert "The high figure is below the likely one." in text(answered)


def test_an_idea_needs_no_figures(acorn, ines):
    proposal = drafted(acorn, ines)
    assert browser(ines).post(at(proposal), typed(inputs={})).status_code == 302
    assert Proposal.objects.get().state == "idea"


def test_what_loses_money_is_flagged_and_has_no_button(acorn, ines, priya):
    desk, proposal = browser(ines), drafted(acorn, ines, inputs=TOO_RARE)
    shown = text(desk.get(at(proposal)))
    assert "Do not build" in shown
    assert "Send to Acorn Mills" not in shown
    refused = desk.post(at(proposal, "proposal_sending"))
    assert refused.status_code == 422
    assert "The estimate says not to build this" in text(refused)


def test_the_list_ranks_by_what_an_hour_of_building_returns(acorn, ines, priya):
    drafted(acorn, ines, title="An idea", inputs=None)
    drafted(acorn, ines, title="Too rare", inputs=TOO_RARE)
    drafted(acorn, ines, title="The best", inputs=QUOTE_FOLLOW_UPS | {"build_hours": {"likely": 4}})
    sent(acorn, ines, title="The good")
    declined = sent(acorn, ines, title="The declined")
    does(priya, acorn, decline_proposal, proposal=declined)
    shown = text(browser(ines).get(reverse("workspace:proposals")))
    places = [shown.index(title) for title in ("The best", "The good", "Too rare", "An idea")]
    assert places == sorted(places)
    assert "The declined" not in shown
    assert "The declined" in text(browser(ines).get(reverse("workspace:proposals") + "?show=all"))
    assert "The declined" in text(browser(ines).get(reverse("workspace:proposals") + "?state=declined"))


def test_a_list_costs_the_same_at_two_and_at_twenty(acorn, ines, django_assert_max_num_queries):
    desk, page = browser(ines), reverse("workspace:proposals")
    for _ in range(2):
        drafted(acorn, ines)
    desk.get(page)
    with django_assert_max_num_queries(25) as few:
        desk.get(page)
    for _ in range(18):
        drafted(acorn, ines)
    with django_assert_max_num_queries(len(few)):
        desk.get(page)


def test_a_consultant_of_others_sees_and_sends_nothing(acorn, cobalt, ines, tomas, priya):
    proposal, desk = drafted(acorn, ines), browser(tomas)
    assert desk.get(at(proposal)).status_code == 404
    for name in ("proposal", "proposal_reading", "proposal_sending"):
        assert desk.post(at(proposal, name), typed()).status_code == 404
    assert desk.post(reverse("workspace:new_proposal"), {"engagement": str(acorn.engagement.pk), "title": "Mine"}).status_code == 422
    assert "Draft the quote follow-ups" not in text(desk.get(reverse("workspace:proposals")))


@pytest.mark.parametrize("name", ["proposals", "new_proposal"])
def test_the_firms_pages_are_not_there_for_a_client(priya, name):
    assert browser(priya).get(reverse(f"workspace:{name}")).status_code == 404


def test_a_lead_says_how_much_an_approver_may_approve(acorn, ines, mara, abe):
    membership = Membership.objects.get(person=abe)
    address = reverse("workspace:membership_limit", args=[membership.pk])
    assert browser(ines).post(address, {"up_to": "2500"}).status_code == 404
    desk = browser(mara)
    assert "Saved for Abe Approver." in text(desk.post(address, {"up_to": "2500"}, follow=True))
    membership.refresh_from_db()
    assert membership.approves_up_to == Decimal(2500)
    assert "Write an amount like 2500, or nothing." in text(desk.post(address, {"up_to": "much"}, follow=True))
    desk.post(address, {"up_to": ""})
    membership.refresh_from_db()
    assert (membership.approval_limit, membership.approves_up_to) == (None, Decimal(0))


def test_what_waits_is_withdrawn_from_its_page(acorn, ines, priya):
    desk, proposal = browser(ines), sent(acorn, ines)
    refused = desk.post(at(proposal, "proposal_withdrawal"), {"reason": " "})
    assert refused.status_code == 422
    assert "Tell the client why" in text(refused)
    desk.post(at(proposal, "proposal_withdrawal"), {"reason": "The vendor changed its plans."})
    assert "The vendor changed its plans." in text(desk.get(at(proposal)))
    assert "Ines Consultant withdrew it" in text(browser(priya).get(reverse("portal:proposal", args=[proposal.pk])))
