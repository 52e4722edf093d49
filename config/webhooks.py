"""What programs outside are told of: the kinds of event that endpoints may choose, and what of each is told."""

from collections.abc import Callable
from uuid import UUID

from django.apps import apps
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from config.links import page_of
from events.links import LinkBuilder, fill
from events.published import Published, publish, refer, tell_clients_as

OF_TIME = ("minutes", "work_date", "ticket", "engagement")

KINDS = {
    "ticket.opened": Published(_("A request was opened"), "tickets", ("number", "source")),
    "ticket.moved": Published(_("A request changed its state"), "tickets", ("from", "to", "reason", "planned_for")),
    "ticket.edited": Published(_("A request was edited"), "tickets"),
    "ticket.assigned": Published(_("A request was given to somebody"), "tickets"),
    "message.posted": Published(_("Somebody wrote on a request"), "tickets", ("message", "by_client")),
    "note.written": Published(_("A note was written"), "tickets", is_internal=True),
    "estimate.asked": Published(_("An estimate waits for approval"), "tickets", ("approval", "minutes")),
    "estimate.approved": Published(_("An estimate was approved"), "tickets", ("approval", "minutes")),
    "estimate.declined": Published(_("An estimate was declined"), "tickets", ("approval", "minutes")),
    "estimate.expired": Published(_("Nobody decided on an estimate in time"), "tickets", ("approval",)),
    "estimate.withdrawn": Published(_("An estimate was withdrawn"), "tickets", ("approval",)),
    "time.logged": Published(_("Time was logged"), "time-entries", OF_TIME),
    "time.changed": Published(_("Logged time was changed"), "time-entries", OF_TIME),
    "time.deleted": Published(_("Logged time was deleted"), "time-entries", ("ticket", "engagement")),
    "time.restored": Published(_("Deleted time was restored"), "time-entries", OF_TIME),
    "time.submitted": Published(_("Time was handed in for approval"), "time-entries", OF_TIME, is_internal=True),
    "time.withdrawn": Published(_("Time that waited was taken back"), "time-entries", OF_TIME, is_internal=True),
    "time.approved": Published(_("Time was approved"), "time-entries", OF_TIME, is_internal=True),
    "time.rejected": Published(_("Time was sent back"), "time-entries", OF_TIME, is_internal=True),
    "time.corrected": Published(_("Time of a closed period was corrected"), "time-entries", ("corrects", *OF_TIME)),
    "period.opened": Published(_("A retainer period began"), "periods", ("starts_on",)),
    "period.closed": Published(_("A retainer period was closed"), "periods", ("statement",)),
    "period.reopened": Published(_("A closed period was opened again"), "periods", ("statement",)),
    "statement.sent": Published(_("A statement was sent"), "periods", ("statement",)),
    "hours.given": Published(_("Hours were added to a retainer"), "periods", ("kind", "minutes")),
    "alert.raised": Published(_("A retainer reached a threshold"), "alerts", ("kind", "percent", "episode", "superseded")),
    "alert.authorisation": Published(_("An authorisation reached a threshold"), "alerts", ("percent",)),
    "overage.asked": Published(_("Hours over wait for a yes of the client"), "periods", ("minutes",)),
    "overage.declined": Published(_("A client declined hours over"), "periods", ("minutes",)),
    "overage.authorised": Published(_("A client authorised hours over"), "periods", ("engagement", "minutes")),
    "overage.authorised_late": Published(_("A client authorised hours over of a closed period"), "periods", ("minutes",)),
    "authorisation.revoked": Published(_("An authorisation was taken back"), "periods", ("kept_minutes",)),
    "engagement.begun": Published(_("A retainer was agreed"), "engagements"),
    "engagement.paused": Published(_("A retainer rests"), "engagements", ("engagement", "starts_on", "ends_on")),
    "engagement.resumed": Published(_("A retainer goes on after a pause"), "engagements", ("engagement", "starts_on", "ends_on")),
    "engagement.renewed": Published(_("A retainer was renewed"), "engagements", ("before", "until")),
    "engagement.ended": Published(_("A retainer was given notice"), "engagements", ("ends_on", "by_agreement")),
    "engagement.continued": Published(_("The end of a retainer was taken back"), "engagements"),
    "terms.agreed": Published(_("New terms were agreed"), "engagements", ("starts_on",)),
    "system.taken_into_care": Published(_("An AI system was taken into care"), "systems"),
    "plan.added": Published(_("Recurring work was planned"), "engagements", ("minutes", "cadence")),
    "plan.ended": Published(_("Recurring work was ended"), "engagements", ("ends_on",)),
    "proposal.sent": Published(_("A proposal was sent"), "proposals"),
    "proposal.approved": Published(_("A proposal was approved"), "proposals"),
    "proposal.declined": Published(_("A proposal was declined"), "proposals"),
    "proposal.reconsidered": Published(_("A decision on a proposal was taken back"), "proposals"),
    "proposal.withdrawn": Published(_("A proposal was withdrawn"), "proposals"),
    "proposal.expired": Published(_("Nobody decided on a proposal in time"), "proposals"),
    "client.added": Published(_("A client was added"), "clients", is_internal=True),
}

# What a client's endpoints are told where an entry leaves the client's sight, or comes back into it; the firm's own saw it all along.
SIGHT = {"time.hidden": "time.deleted", "time.shown": "time.restored"}

RESOURCES = {
    "accounts.client": "api:client",
    "engagements.engagement": "api:engagement",
    "engagements.aisystem": "api:system",
    "engagements.serviceplan": "api:plan",
    "engagements.pause": "api:pause",
    "tickets.ticket": "api:ticket",
    "billing.period": "api:period",
    "billing.timeentry": "api:time_entry",
    "billing.burnalert": "api:alert",
    "billing.authorisation": "api:authorisation",
    "proposals.proposal": "api:proposal",
}

# What has no address of its own is read in the list of its engagement.
LISTED = {
    "engagements.retainerterms": "api:terms",
    "billing.lot": "api:lots",
}

REFERENCES = {
    "accounts.client": "code",
    "tickets.ticket": "reference",
    "billing.timeentry": "ticket__reference",
    "proposals.proposal": "reference",
}


def column_of(about_type: str, name: str) -> Callable[[UUID], str]:
    """How people call a thing, by one of its columns; nothing for what is gone."""

    def read(pk: UUID) -> str:
        rows = apps.get_model(about_type)._base_manager
        return str(rows.filter(pk=pk).values_list(name, flat=True).first() or "")

    return read


def list_with(about_type: str, name: str) -> LinkBuilder:
    """Where the list of its engagement that holds a thing is found; nowhere for what is gone."""

    def path(pk: UUID) -> str:
        rows = apps.get_model(about_type)._base_manager
        engagement_id = rows.filter(pk=pk).values_list("engagement_id", flat=True).first()
        return reverse(name, args=[engagement_id]) if engagement_id else "/"

    return path


def fill_webhooks() -> None:
    for kind, published in KINDS.items():
        publish(kind, published)
    for kind, published_kind in SIGHT.items():
        tell_clients_as(kind, published_kind)
    for about_type, name in RESOURCES.items():
        fill("api", about_type, page_of(name))
    for about_type, name in LISTED.items():
        fill("api", about_type, list_with(about_type, name))
    for about_type, name in REFERENCES.items():
        refer(about_type, column_of(about_type, name))
