"""A client gets its first retainer or another one on a page; the board and the inbox are narrowed by their address, as files too."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.actions.clients import add_client
from engagements.models import Engagement
from tests import cast
from tests.cast import ask, log
from tests.routes.filling import terms

pytestmark = pytest.mark.django_db


def promised(**changes):
    typed = {"engagement_name": "Second care", "currency": "EUR", "lead": "", "starts_on": timezone.localdate().isoformat()}
    return terms() | typed | changes


def test_a_client_without_one_gets_its_first_retainer(browser, mara):
    elm = add_client(actor=cast.ARRANGING, name="Elm Works", code="ELM", time_zone="UTC")
    lead = browser(mara)
    address = reverse("workspace:new_retainer", args=[elm.pk])
    assert address in lead.get(reverse("workspace:client", args=[elm.pk])).content.decode()
    answer = lead.post(address, promised(lead=str(mara.pk)))
    begun = Engagement.objects.get(client=elm)
    assert (answer.status_code, answer["Location"]) == (302, reverse("workspace:engagement", args=[begun.pk]))
    assert (begun.name, begun.currency, begun.lead_id) == ("Second care", "EUR", mara.pk)
    assert begun.periods.get().capacity_minutes > 0


def test_what_was_typed_wrong_is_said_and_kept(browser, mara, ines, acorn):
    address = reverse("workspace:new_retainer", args=[acorn.client.pk])
    answer = browser(mara).post(address, promised(included_minutes="many"))
    assert answer.status_code == 422
    assert 'value="many"' in answer.content.decode()
    assert 'value="Second care"' in answer.content.decode()
    assert browser(ines).get(address).status_code == 404


def test_the_board_is_narrowed_by_lead_state_and_client_and_so_is_its_file(browser, mara, ines, tomas, acorn, cobalt):
    log(tomas, cobalt, minutes=cobalt.period.capacity_minutes + 30)
    Engagement.objects.filter(pk=acorn.engagement.pk).update(lead=ines)
    board = reverse("workspace:retainers")

    def shown(**asked):
        page = browser(mara).get(board, asked).content.decode()
        table = page.split("<tbody>", 1)[-1] if "<tbody>" in page else ""
        file = browser(mara).get(board, asked | {"format": "csv"})
        rows = b"".join(file.streaming_content).decode()
        names = {name for name in ("Acorn Mills", "Cobalt Freight") if name in table}
        assert {name for name in ("Acorn Mills", "Cobalt Freight") if name in rows} == names, "the file shows what the page shows"
        return names

    assert shown() == {"Acorn Mills", "Cobalt Freight"}
    assert shown(lead=ines.pk) == {"Acorn Mills"}
    assert shown(state="over") == shown(state="deciding") == {"Cobalt Freight"}
    assert shown(client=acorn.client.pk, sort="client") == {"Acorn Mills"}
    assert shown(lead="x", state="over") == set()
    assert "No retainer is like that." in browser(mara).get(board, {"lead": "x"}).content.decode()
    assert "lead=x&amp;sort=client" in browser(mara).get(board, {"lead": "x"}).content.decode(), "an order loses no filter"


def test_the_inbox_is_narrowed_by_client(browser, mara, rob, nadia, acorn, cobalt):
    ask(rob, acorn, subject="From Acorn")
    ask(nadia, cobalt, subject="From Cobalt")
    lead, inbox = browser(mara), reverse("workspace:inbox")
    page = lead.get(inbox, {"client": acorn.client.pk}).content.decode()
    assert "From Acorn" in page
    assert "From Cobalt" not in page
    elm = add_client(actor=cast.ARRANGING, name="Elm Works", code="ELM", time_zone="UTC")
    assert "Nothing new of this client." in lead.get(inbox, {"client": elm.pk}).content.decode()
