"""Rooms link to pages they do not know: every notice leads to its thing, in the reader's own door."""

import pytest

from config.links import PAGES
from events.links import path_to
from events.models import Notice
from tests.cast import ask, browser, log


@pytest.mark.parametrize(("door", "about"), list(PAGES))
def test_every_link_is_an_address_of_its_door(door, about, acorn):
    assert path_to(about, acorn.client.pk, door=door).startswith(f"/{door}/")


def test_a_notice_leads_its_reader_to_a_page_that_opens(acorn, priya, mara, ines):
    ask(priya, acorn)
    log(ines, acorn, minutes=480)
    notices = Notice.objects.filter(person=mara)
    assert {notice.kind for notice in notices} == {"ticket.opened", "alert.raised"}
    for notice in notices:
        assert browser(mara).get(path_to(notice.about_type, notice.about_id, door="workspace")).status_code == 200
