"""Every figure of a statement opens the rows it came from: on the page, in print, as far as the reader's level goes."""

import io
import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.urls import reverse
from pypdf import PdfReader

from accounts.actors import MemberRole
from accounts.models import Client
from billing.actions import Work, change_entry, log_time
from billing.models import Statement, TimeEntry
from billing.models.statement import document_today
from billing.rules.visibility import as_seen
from look.statements import Names, account_of, narrowed, tell
from tests.cast import Company, actor, ask, browser, log, make_contact, text
from tests.closing_cast import day, keep
from tickets.actions import ask_approval, decide_estimate

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(mara):
    """January left 100 hours-minutes behind; February used them, its own, and 150 beyond, in two areas."""
    kept = keep(mara, overage="authorise", carry_periods=1)
    kept.use(1, 500, note="Rewrote the refund prompt")
    kept.close(1)
    kept.use(2, 400, 3, note="Rebuilt the index")
    kept.use(2, 450, 20, note="Weekly review", service_area="team_support")
    kept.close(2)
    return kept


@pytest.fixture
def petra(kept):
    company = Company(kept.client, kept.engagement, kept.month(2), None)  # type: ignore[arg-type]  # no system is asked for
    return make_contact("Petra Payer", company, MemberRole.BILLING)


def at_level(kept, level):
    Client.objects.filter(pk=kept.client.pk).update(visibility=level)


def links(response) -> list[str]:
    pages = PdfReader(io.BytesIO(response.content)).pages
    annotations = [note.get_object() for page in pages for note in page.get("/Annots", [])]
    return [note["/A"]["/URI"] for note in annotations]


@pytest.mark.parametrize("level", ["balance", "tickets", "entries", "people"])
@pytest.mark.parametrize("month", [2, 3])
def test_the_entries_a_figure_opens_add_up_to_it(kept, mara, level, month):
    kept.use(3, 120)
    less = Work(service_area="reporting", raw_seconds=340 * 60, work_date=day(2, 3), note="Rebuilt the index")
    change_entry(actor=actor(mara), entry=TimeEntry.objects.get(note="Rebuilt the index"), work=less)  # a correction of February
    told = tell(as_seen(document_today(kept.month(month)), level), Names({}, {}, {}), is_open=False)
    figures = [(line.to, line.minutes) for line in (*told.lines, *told.over_lines) if line.to.startswith("?")]
    figures += [(lot.to, lot.used_minutes) for lot in told.lots if lot.to]
    figures += [(each.to, each.burn_minutes) for each in (*told.by_area, *told.by_person, *told.by_ticket) if each.to]
    figures += [(row.to, row.burn_minutes) for row in told.rows]
    assert bool(figures) == (level in {"entries", "people"})
    for to, minutes in figures:
        found = narrowed(told, dict(parse_qsl(urlsplit(to).query)))
        assert found is not None, to
        assert (found.minutes, bool(found.name)) == (minutes, True)


def test_a_figure_of_the_page_leads_to_its_entries_alone(kept, petra, mara):
    for who, door in ((petra, "portal"), (mara, "workspace")):
        address = reverse(f"{door}:period", args=[kept.month(2).pk])
        page = text(browser(who).get(address))
        for to in ("?by=covered#entries", "?by=unauthorised#entries", "?area=team_support#entries", "?lot="):
            assert f'href="{to}' in page
        assert f"{reverse(f'{door}:period', args=[kept.month(1).pk])}#lots" in page
        opened = text(browser(who).get(address, {"area": "team_support"}))
        assert "1 entry makes up the 7.5 h of <b>Team support</b>." in opened
        assert "Weekly review" in opened
        assert "Rebuilt the index" not in opened
        over = text(browser(who).get(address, {"by": "unauthorised"}))
        assert "make up the 2.5 h" in over or "makes up the 2.5 h" in over


def test_every_anchor_that_a_page_links_to_is_on_it(kept, petra, mara):
    for who, door in ((petra, "portal"), (mara, "workspace")):
        address = reverse(f"{door}:period", args=[kept.month(2).pk])
        page = text(browser(who).get(address))
        wanted = set(re.findall(r'href="(\?[^"#]*)?#([\w-]+)"', page))
        assert {"entries", "lots", "foots", "account"} <= {anchor for _query, anchor in wanted}
        for query, anchor in wanted:
            opened = text(browser(who).get(address + query.replace("&amp;", "&"))) if query else page
            assert f'id="{anchor}"' in opened, (query, anchor)


def test_an_address_that_names_nothing_of_the_period_shows_all_of_it(kept, petra):
    address = reverse("portal:period", args=[kept.month(2).pk])
    for query in ({"area": "nothing"}, {"by": "magic"}, {"lot": "1"}, {"ticket": "%"}):
        assert "Rebuilt the index" in text(browser(petra).get(address, query))


def test_the_file_of_a_figure_holds_its_entries(kept, petra):
    file = browser(petra).get(reverse("portal:period", args=[kept.month(2).pk]), {"area": "team_support", "format": "csv"})
    assert (b"Weekly review" in file.getvalue(), b"Rebuilt the index" in file.getvalue()) == (True, False)


def test_each_figure_in_print_links_to_the_page_of_its_period(kept, petra, settings):
    settings.PUBLIC_URL = "https://desk.northfold.example"
    kept_one = Statement.objects.get(period=kept.month(2))
    found = links(browser(petra).get(reverse("portal:statement_pdf", args=[kept_one.pk])))
    base = f"https://desk.northfold.example{reverse('portal:period', args=[kept.month(2).pk])}"
    assert all(link.startswith(base) for link in found)
    for to in ("#lots", "?by=covered#entries", "?by=unauthorised#entries", "?area=team_support#entries", "?entry=", "?lot=", "?account="):
        assert any(link.startswith(base + to) for link in found), to


@pytest.mark.parametrize("level", ["balance", "tickets", "entries", "people"])
@pytest.mark.parametrize("month", [1, 2, 3])
def test_a_lot_is_followed_from_what_it_brought_to_what_is_left(kept, level, month):
    kept.use(3, 120)
    told = tell(as_seen(document_today(kept.month(month)), level), Names({}, {}, {}), is_open=month == 3, left_on=day(3, 20))
    assert told.lots
    for lot in told.lots:
        found = account_of(told, dict(parse_qsl(urlsplit(lot.account).query)))
        assert found is not None
        brought, *taken, left = found.lines
        assert brought.minutes - sum(line.minutes for line in taken) == left.minutes == lot.left_minutes
        assert all(line.takes for line in taken)
    assert account_of(told, {"account": "1"}) is None


def test_the_page_of_a_lot_names_each_entry_it_covered(kept, petra, mara):
    lot = kept.month(1).lots.get()
    for who, door in ((petra, "portal"), (mara, "workspace")):
        page = text(browser(who).get(reverse(f"{door}:period", args=[kept.month(2).pk]), {"account": lot.pk}))
        assert "January hours carried over, minute by minute" in page
        section = page.partition('id="account"')[2].partition("</section>")[0]
        assert "Rebuilt the index" in section
        assert "Weekly review" not in section


def test_worked_time_adds_up_to_the_second_in_print_and_on_the_page(kept, mara, petra):
    for start in range(3):
        work = Work(service_area="reporting", raw_seconds=50 * 60 + 20, work_date=day(3, 4 + start), note="Timed")
        log_time(actor=actor(mara), engagement=kept.engagement, work=work)
    page = text(browser(petra).get(reverse("portal:period", args=[kept.month(3).pk])))
    assert page.count(">50 min 20 s</a>") == 3
    assert "2 h 31 min" in page
    told = tell(document_today(kept.month(3)), Names({}, {}, {}), is_open=True)
    assert sum(row.worked_seconds for row in told.rows) == sum(each.worked_seconds for each in told.by_area) == told.worked_seconds


def test_a_link_of_the_print_leads_the_firm_to_the_same_rows_in_the_workspace(kept, petra, mara, tomas):
    kept_one = Statement.objects.get(period=kept.month(2))
    link = next(link for link in links(browser(mara).get(reverse("workspace:statement_pdf", args=[kept_one.pk]))) if "?by=" in link)
    there = urlsplit(link)
    theirs = browser(petra).get(f"{there.path}?{there.query}")
    ours = browser(mara).get(f"{there.path}?{there.query}", follow=True)
    assert ours.redirect_chain == [(f"{reverse('workspace:period', args=[kept.month(2).pk])}?{there.query}", 302)]
    for page in (text(theirs), text(ours)):
        assert "makes up" in page or "make up" in page
        assert "Rebuilt the index" in page
    assert browser(tomas).get(there.path).status_code == 404


def test_what_is_spoken_for_opens_what_holds_it(acorn, ines, priya, mara):
    ticket = ask(priya, acorn)
    ask_approval(actor=actor(ines), ticket=ticket, minutes=120, body="Two hours would do.")
    decide_estimate(actor=actor(priya, acorn), ticket=ticket, approved=True)
    log(ines, acorn, minutes=45, ticket=ticket)
    for who, door in ((priya, "portal"), (mara, "workspace")):
        page = text(browser(who).get(reverse(f"{door}:period", args=[acorn.period.pk])))
        assert '<a href="#held">' in page
        section = page.partition('id="held"')[2].partition("</section>")[0]
        assert ticket.subject in section
        for figure in ("2 h", "0.75 h", "1.25 h"):
            assert figure in section
    Client.objects.filter(pk=acorn.client.pk).update(visibility="balance")
    page = text(browser(priya).get(reverse("portal:period", args=[acorn.period.pk])))
    assert "1.25 h spoken for" in page
    assert 'id="held"' not in page


def test_a_day_of_the_burn_down_opens_its_entries(kept, petra):
    address = reverse("portal:period", args=[kept.month(2).pk])
    assert f'href="?day={day(2, 3)}#entries"' in text(browser(petra).get(address))
    opened = text(browser(petra).get(address, {"day": day(2, 3).isoformat()}))
    assert "Rebuilt the index" in opened
    assert "Weekly review" not in opened


def test_what_a_level_hides_no_figure_leads_to(kept, petra):
    kept_one = Statement.objects.get(period=kept.month(2))
    for level in ("balance", "tickets"):
        at_level(kept, level)
        page = text(browser(petra).get(reverse("portal:period", args=[kept.month(2).pk])))
        found = links(browser(petra).get(reverse("portal:statement_pdf", args=[kept_one.pk])))
        for narrowing in ("?entry=", "?area=", "?by=", "?lot=", "?person="):
            assert narrowing not in page
            assert not any(narrowing in link for link in found)
