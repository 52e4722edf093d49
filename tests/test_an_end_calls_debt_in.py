"""Whoever ends a retainer reads first what of its borrowed hours is called in and at which price; people are told when it is.

600 minutes a month at 250.00 an hour beyond them, 90 of March borrowed in February. An end on 4 March grants 58, so 32 are called in; one
on 2 March grants 19, so 71 are.
"""

import pytest
from django.urls import reverse

from accounts.actors import MemberRole
from billing.actions import project_open_periods
from billing.models import BurnAlert
from engagements.actions import continue_engagement, end_engagement
from engagements.models import Engagement
from events.models import Notice
from tests import cast
from tests.api_cast import Program, refused
from tests.cast import ARRANGING, Company, browser, make_contact
from tests.closing_cast import Kept, day, keep
from tests.test_notice_choices import choose

pytestmark = pytest.mark.django_db


def in_debt(worker, **changes) -> Kept:
    kept = keep(worker, borrow_limit_minutes=120, **changes)
    kept.use(1, 600)
    kept.close(1)
    kept.use(2, 690)
    kept.close(2)
    return kept


@pytest.fixture
def kept(mara) -> Kept:
    return in_debt(mara)


def says(ends_on, **more):
    typed = {"ends_on": ends_on.isoformat(), "reason": "Moved on", "by_agreement": "on"} | more
    return {f"end-{name}": value for name, value in typed.items()}


def end(person, kept: Kept, ends_on, **more):
    return browser(person).post(reverse("workspace:end", args=[kept.engagement.pk]), says(ends_on, **more))


def text(response) -> str:
    return cast.text(response).replace("&#x27;", "'")


def ends_on(kept: Kept):
    return Engagement.objects.get(pk=kept.engagement.pk).ends_on


def alerts():
    return list(BurnAlert.objects.filter(kind="called_in").order_by("episode").values_list("episode", "minutes"))


@pytest.mark.parametrize(
    ("policy", "becomes"),
    [
        ("bill", "32 min are billed: USD 133.33."),
        ("authorise", "32 min are billed once the client says yes: USD 133.33."),
        ("absorb", "32 min are at the firm's cost."),
    ],
)
def test_the_form_says_what_is_called_in_before_anything_ends(mara, policy, becomes):
    kept = in_debt(mara, overage=policy)
    warned = end(mara, kept, day(3, 4))
    assert (warned.status_code, ends_on(kept), alerts()) == (422, None, [])
    shown = text(warned)
    assert "32 min were borrowed before, and no grant comes that could repay them." in shown
    assert becomes in shown
    assert 'value="Moved on"' in shown
    assert 'name="end-called_in" value="32"' in shown
    assert end(mara, kept, day(3, 4), called_in="32").status_code == 302
    assert ends_on(kept) == day(3, 4)


def test_an_end_that_calls_in_other_minutes_than_were_read_is_said_anew(kept, mara):
    other = end(mara, kept, day(3, 2), called_in="32")
    assert (other.status_code, ends_on(kept)) == (422, None)
    assert 'name="end-called_in" value="71"' in text(other)


def test_an_end_that_calls_nothing_in_needs_no_second_look(kept, mara):
    assert end(mara, kept, day(4, 1)).status_code == 302
    assert (ends_on(kept), alerts()) == (day(4, 1), [])


def test_admins_and_the_owners_who_chose_it_are_told_with_the_price_once_and_anew_where_it_is_more(kept, ada):
    company = Company(kept.client, kept.engagement, kept.month(3), None)  # type: ignore[arg-type]  # no system is asked for
    olga = make_contact("Olga Owner", company, MemberRole.OWNER)
    choose(browser, olga, hours="here")

    def stop(on) -> None:
        end_engagement(actor=ARRANGING, engagement=kept.engagement, ends_on=on, reason="Moved on", by_agreement=True)

    stop(day(3, 4))
    for person in (ada, olga):
        told = Notice.objects.get(person=person, kind="alert.raised", subject__contains="called in")
        assert told.subject.replace("\xa0", " ") == "Keeper KEE: 32 min borrowed before are called in"
        assert "32 min are billed: USD 133.33." in [sentence.replace("\xa0", " ") for sentence in told.sentences]
    retainer = Engagement.objects.get(pk=kept.engagement.pk)
    project_open_periods(retainer, actor=ARRANGING)
    assert alerts() == [(1, 32)]
    for on in (day(3, 2), day(3, 4)):
        continue_engagement(actor=ARRANGING, engagement=retainer)
        stop(on)
    assert alerts() == [(1, 32), (2, 71)]
    page = text(browser(ada).get(reverse("workspace:period", args=[retainer.periods.latest("starts_on").pk])))
    assert "borrowed hours are called in: 1 h 11 min" in page


def test_a_program_previews_an_end_and_holds_it_to_what_it_read(kept, mara):
    program, path = Program(cast.key(mara)), f"engagements/{kept.engagement.pk}/termination"
    wanted = {"ends_on": day(3, 4).isoformat(), "reason": "Moved on", "by_agreement": True}
    seen = program.post(f"{path}/preview", wanted).json()
    part = {"fate": "overage", "minutes": 32, "amount": "133.33"}
    assert seen == {"called_in_minutes": 32, "rate": "250.00", "currency": "USD", "called_in": [part]}
    assert (ends_on(kept), alerts()) == (None, [])
    later = program.post(f"{path}/preview", wanted | {"ends_on": day(4, 1).isoformat()}).json()
    assert (later["called_in_minutes"], later["called_in"]) == (0, [])
    refused(program.post(path, wanted | {"called_in": 0}), 409, "debt-called-in")
    assert ends_on(kept) is None
    assert program.post(path, wanted | {"called_in": 32}).json()["ends_on"] == day(3, 4).isoformat()


def test_an_end_that_could_not_be_said_cannot_be_previewed(kept, mara, ines):
    path, wanted = f"engagements/{kept.engagement.pk}/termination/preview", {"ends_on": day(2, 4).isoformat(), "reason": "Moved on"}
    refused(Program(cast.key(mara)).post(path, wanted), 409, "conflict")
    assert Program(cast.key(ines)).post(path, wanted).status_code in {403, 404}
