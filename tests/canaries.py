"""A client whose every text field carries one word, so that whoever finds the word has seen what is that client's.

`secret` stands in all that its own people may read; `internal` only in what the firm says to itself.
"""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.actions.days import be_away
from accounts.actions.links import open_feed, share_balance
from accounts.actions.views import save_view
from accounts.actors import Actor
from accounts.models import ApiKey, Assignment, BusinessCalendar, Logo, Membership, Person
from billing.actions import Work, authorise_overage, close_period, give_lot, log_time, open_periods_of, start_timer
from billing.actions.contracts import file_contract
from billing.actions.costing import set_cost_rate
from billing.actions.expenses import Spent, approve_expense, log_expense
from billing.models import Authorisation, BurnAlert, Expense, Forecast, ImportRun, SavedMapping, TimeEntry, TimeEntryInternal
from engagements.actions import Plan, add_plan, begin_engagement, pause_engagement
from engagements.models import Component, Pause, ServicePlan
from engagements.rules import Terms
from events.actions.webhooks import Wanted, add_webhook, ping_webhook
from events.models import Delivery, Notice, Webhook, WebhookMessage
from leaving.models import ExitKit
from proposals.actions import Piece, approve_proposal, draft_proposal, send_proposal
from proposals.models import Proposal
from tests import cast
from tests.cast import Company, actor
from tests.proposal_numbers import QUOTE_FOLLOW_UPS
from tickets.actions import (
    accept_ticket,
    ask_approval,
    due_openings,
    open_planned_ticket,
    open_ticket,
    reply,
    resolve_ticket,
    schedule_ticket,
    write_note,
)
from tickets.models import MessageAttachment, NoteAttachment, Ticket

FAR = dt.date(2030, 7, 1)


@dataclass(frozen=True)
class Filled:
    """What there is of a client: the ids by which its things are addressed, and the words by which they are known."""

    company: Company
    secret: str
    internal: str
    reference: str
    ids: dict[str, UUID] = field(default_factory=dict)

    @property
    def words(self) -> tuple[str, ...]:
        """What nobody of another client ever reads. The name and the code of a client are no secret within the firm."""
        return (self.secret, self.internal)


def fill(company: Company, *, contact: Person, worker: Person, secret: str, internal: str) -> Filled:
    """Tickets in several states, files, notes, time of each kind, lots, alerts, notices, a timer, a key, all with the words."""
    word = secret.capitalize()
    open_one = _talk(company, contact, worker, word, internal)
    fresh = _open(company, contact, word, "new")
    estimated, solved = _asked(company, contact, worker, word), _solved(company, contact, worker, word)
    entry = _work(company, worker, open_one, word, internal)
    offer, approved, idea = _proposed(company, contact, worker, word, internal)
    _parts(company, word)
    key = cast.key(contact, company=company)
    ApiKey.objects.filter(prefix=key[:14]).update(name=f"{word} key")
    ids = {
        "client": company.client.pk,
        "engagement": company.engagement.pk,
        "period": company.period.pk,
        "system": company.system.pk,
        "component": Component.objects.get(client=company.client).pk,
        "ticket": open_one.pk,
        "contract": file_contract(actor=cast.ARRANGING, engagement=company.engagement, file=_file(internal)).pk,
        **_money(company, worker, word, internal),
        "cost": set_cost_rate(actor=cast.ARRANGING, person=worker, rate=Decimal("61.07"), starts_on=company.engagement.starts_on).pk,
        "authorisation": _authorised(company, contact, word).pk,
        "pause": _pause(company, word).pk,
        "plan": _plan(company, worker, word).pk,
        "fresh": fresh.pk,
        "estimated": estimated.pk,
        "solved": solved.pk,
        "entry": entry.pk,
        "offer": offer.pk,
        "approved": approved.pk,
        "idea": idea.pk,
        "attachment": MessageAttachment.objects.get(client=company.client).pk,
        "note_attachment": NoteAttachment.objects.get(client=company.client).pk,
        "forecast": _forecast(company).pk,
        "alert": BurnAlert.objects.filter(client=company.client)[0].pk,
        "notice": Notice.objects.filter(client=company.client, person=contact)[0].pk,
        "assignment": Assignment.objects.get(client=company.client, person=worker).pk,
        "membership": Membership.objects.get(client=company.client, person=contact).pk,
        "key": ApiKey.objects.get(prefix=key[:14]).pk,
        **_outside(company, contact, worker, word, internal),
        "trial": ImportRun.objects.create(
            mapping_name="toggl", zone="UTC", is_dry=True, state=ImportRun.State.DONE, ended_at=timezone.now()
        ).pk,
        "mapping": SavedMapping.objects.get_or_create(name="ours")[0].pk,
        "calendar": BusinessCalendar.objects.get_or_create(name="office hours")[0].pk,
        "logo": Logo.objects.create(content=b"a picture", width=1, height=1).pk,
        "view": save_view(actor=actor(worker), page="tickets", name=f"{word} view", query="state=open").pk,
        "feed": open_feed(actor=actor(contact, company))[0].pk,
        "balance_link": share_balance(actor=actor(contact, company), client=company.client, name=f"{word} board")[0].pk,
        "absence": be_away(actor=actor(worker), person=worker, starts_on=FAR, ends_on=FAR + dt.timedelta(days=1)).pk,
        **_closed(company, worker, word),
        "exit_kit": _kit(company, contact, word).pk,
        "contact": contact.pk,
        "worker": worker.pk,
    }
    return Filled(company, secret, internal, open_one.reference, ids)


def _closed(company: Company, worker: Person, word: str) -> dict[str, UUID]:
    """A second retainer of the client whose first period is closed, and whose second is over and open."""
    begins = cast.month_of(cast.month_of(timezone.localdate()) - dt.timedelta(days=40))
    terms = Terms(starts_on=begins, included_minutes=600, fee=Decimal(900))
    engagement = begin_engagement(actor=cast.ARRANGING, client=company.client, name=f"{word} care before", currency="USD", terms=terms)
    open_periods_of(actor=cast.ARRANGING, engagement=engagement, until=timezone.localdate())
    work = Work(service_area="reporting", raw_seconds=3600, work_date=begins, note=f"{word} report")
    log_time(actor=actor(worker), engagement=engagement, work=work)
    first, second = engagement.periods.order_by("starts_on")[:2]
    statement = close_period(actor=cast.ARRANGING, period=first)
    return {"closed": first.pk, "over": second.pk, "statement": statement.pk}


def _outside(company: Company, contact: Person, worker: Person, word: str, internal: str) -> dict[str, UUID]:
    """A webhook of the client with a message that was given up, one that the firm keeps for itself, and a mail that did not arrive."""

    def listening(who: Actor, name: str) -> Webhook:
        wanted = Wanted(url=f"https://hooks.example.com/{name}", description=f"{name} hook", kinds=["ticket.opened"])
        return add_webhook(actor=who, wanted=wanted, client=company.client)[0]

    def given_up(who: Actor, webhook: Webhook, name: str) -> WebhookMessage:
        message = ping_webhook(actor=who, webhook=webhook)
        tried = {"webhook": webhook, "client": company.client, "duration_ms": 20, "status": 500, "excerpt": f"{name} is down"}
        message.tries.create(**tried)
        ended = {"is_waiting": False, "given_up_at": timezone.now(), "last_error": f"{name} answered 500"}
        WebhookMessage.objects.filter(pk=message.pk).update(**ended)
        return message

    of_the_client, of_the_firm = actor(contact, company), actor(worker)
    webhook = listening(of_the_client, word)
    given_up(of_the_firm, listening(of_the_firm, internal), internal)
    lost = Delivery.objects.filter(client=company.client).order_by("pk")[0]
    Delivery.objects.filter(pk=lost.pk).update(is_waiting=False, sent_at=None, given_up_at=timezone.now(), last_error=f"{internal} refused")
    return {"webhook": webhook.pk, "webhook_message": given_up(of_the_client, webhook, word).pk, "lost": lost.pk}


def _forecast(company: Company) -> Forecast:
    period = company.period
    minutes = dict.fromkeys(("used_minutes", "capacity_minutes", "low_minutes", "likely_minutes", "high_minutes", "line_minutes"), 600)
    return Forecast.objects.create(
        client=company.client,
        engagement=company.engagement,
        period=period,
        as_of=period.starts_on,
        method=Forecast.Method.BOOTSTRAP,
        history_days=60,
        factor_percent=100,
        **minutes,
    )


def _file(word: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"{word}.txt", f"{word} in a file\n".encode(), content_type="text/plain")


def _open(company: Company, contact: Person, word: str, subject: str) -> Ticket:
    return open_ticket(
        actor=actor(contact, company),
        client=company.client,
        engagement=company.engagement,
        system=company.system,
        subject=f"{word} {subject}",
        body=f"{word} asks in **its own** words.",
        source="portal",
        files=[_file(word)] if subject == "talk" else [],
    )


def _talk(company: Company, contact: Person, worker: Person, word: str, internal: str) -> Ticket:
    ticket = _open(company, contact, word, "talk")
    reply(actor=actor(worker), ticket=ticket, body=f"{word} is answered.", ask=True)
    reply(actor=actor(contact, company), ticket=ticket, body=f"{word} answers back.")
    write_note(actor=actor(worker), ticket=ticket, body=f"{internal} between ourselves.", files=[_file(internal)])
    planned = _open(company, contact, word, "planned")
    ahead = timezone.localdate() + dt.timedelta(days=3)
    schedule_ticket(actor=actor(worker), ticket=planned, planned_for=ahead, body=f"{word} is planned.")
    ticket.refresh_from_db()
    return ticket


def _asked(company: Company, contact: Person, worker: Person, word: str) -> Ticket:
    ticket = accept_ticket(actor=actor(worker), ticket=_open(company, contact, word, "estimate"))
    ask_approval(actor=actor(worker), ticket=ticket, minutes=180, body=f"{word} needs three hours.")
    ticket.refresh_from_db()
    return ticket


def _solved(company: Company, contact: Person, worker: Person, word: str) -> Ticket:
    ticket = accept_ticket(actor=actor(worker), ticket=_open(company, contact, word, "solved"))
    resolve_ticket(actor=actor(worker), ticket=ticket, summary=f"{word} is well again.")
    ticket.refresh_from_db()
    return ticket


def _proposed(company: Company, contact: Person, worker: Person, word: str, internal: str) -> list[Proposal]:
    """One that waits for the client, one they approved, and one that only the firm knows."""

    def draft(title: str) -> Proposal:
        piece = Piece(subject=f"{title} piece", minutes=60)
        inputs = QUOTE_FOLLOW_UPS | {"build_hours": {"likely": 2}}
        told = {"title": title, "summary": f"{title} in words.", "inputs": inputs, "pieces": [piece], "system": company.system}
        return draft_proposal(actor=actor(worker), engagement=company.engagement, **told)  # type: ignore[arg-type]

    offer, approved = (send_proposal(actor=actor(worker), proposal=draft(f"{word} {name}")) for name in ("offer", "plan"))
    approved = approve_proposal(actor=actor(contact, company), proposal=approved, note=f"{word} agreed.")
    return [offer, approved, draft(f"{internal} idea")]


def _work(company: Company, worker: Person, ticket: Ticket, word: str, internal: str) -> TimeEntry:
    entry = cast.log(worker, company, minutes=company.period.capacity_minutes * 60 // 100, ticket=ticket, note=f"{word} work")
    TimeEntryInternal.objects.create(client=company.client, entry=entry, note=f"{internal} cost")
    own = Work(service_area="reporting", raw_seconds=2400, work_date=timezone.localdate(), kind="internal", note=f"{internal} time")
    log_time(actor=actor(worker), engagement=company.engagement, work=own)
    sent_back = cast.log(worker, company, minutes=7, note=f"{internal} sent back")
    TimeEntry.objects.filter(pk=sent_back.pk).update(state="rejected")
    day = timezone.localdate()
    give_lot(
        actor=cast.ARRANGING,
        engagement=company.engagement,
        kind="goodwill",
        minutes=60,
        usable_from=day,
        usable_until=day + dt.timedelta(days=30),
        reason=f"{word} gift",
    )
    start_timer(actor=actor(worker), engagement=company.engagement, ticket=ticket, note=f"{internal} clock")
    return entry


def _plan(company: Company, worker: Person, word: str) -> ServicePlan:
    plan = Plan(
        what=f"{word} review",
        service_area="reporting",
        cadence="weekly",
        estimate_minutes=30,
        starts_on=timezone.localdate(),
        checklist=f"{word} step",
        person=worker,
        system=company.system,
    )
    added = add_plan(actor=cast.ARRANGING, engagement=company.engagement, plan=plan)
    for each, due_on in due_openings(timezone.localdate()):
        open_planned_ticket(actor=cast.ARRANGING, plan=each, due_on=due_on)
    return added


def _money(company: Company, worker: Person, word: str, internal: str) -> dict[str, UUID]:
    """An expense that waits, one that became a charge; the note of the first is only the firm's to read."""

    def spend(note: str, receipts: list[SimpleUploadedFile]) -> Expense:
        spent = Spent(spent_on=timezone.localdate(), category="travel", note=note, amount=Decimal(42), currency="USD")
        return log_expense(actor=actor(worker), engagement=company.engagement, spent=spent, receipts=receipts)

    waiting = spend(f"{internal} train", [_file(internal)])
    charged = approve_expense(actor=cast.ARRANGING, expense=spend(f"{word} train", []))
    return {"expense": waiting.pk, "receipt": waiting.receipts.get().pk, "charge": charged.charges.get().pk}


def _authorised(company: Company, contact: Person, word: str) -> Authorisation:
    """A yes to hours over, of which nothing is used."""
    return authorise_overage(actor=actor(contact, company), engagement=company.engagement, minutes_cap=30, note=f"{word} yes")


def _pause(company: Company, word: str) -> Pause:
    ahead = timezone.localdate() + dt.timedelta(days=60)
    told = {"starts_on": ahead, "ends_on": ahead + dt.timedelta(days=20), "reason": f"{word} rests"}
    return pause_engagement(actor=cast.ARRANGING, engagement=company.engagement, **told)  # type: ignore[arg-type]


def _kit(company: Company, contact: Person, word: str) -> ExitKit:
    """A kit that was made, though of one word only."""
    place = default_storage.save(f"{company.client.pk}/kits/{word}.zip", ContentFile(word.encode()))
    now = timezone.now()
    told = {"place": place, "size_bytes": len(word), "ended_at": now, "expires_at": now + dt.timedelta(days=7)}
    return ExitKit.objects.create(client=company.client, person=contact, state=ExitKit.State.DONE, **told)


def _parts(company: Company, word: str) -> None:
    Component.objects.create(client=company.client, system=company.system, name=f"{word} index", kind="data", version=f"{word}-1")
    type(company.system).objects.filter(pk=company.system.pk).update(name=f"{word} assistant", purpose=f"{word} quotes")
    type(company.engagement).objects.filter(pk=company.engagement.pk).update(name=f"{word} care")
