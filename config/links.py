"""Where things are found in each door: the table by which rooms link to pages they do not know."""

from uuid import UUID

from django.urls import reverse

from events.links import LinkBuilder, fill

PAGES = {
    ("portal", "tickets.ticket"): "portal:ticket",
    ("portal", "billing.period"): "portal:period",
    ("portal", "engagements.aisystem"): "portal:system",
    ("portal", "proposals.proposal"): "portal:proposal",
    ("workspace", "tickets.ticket"): "workspace:ticket",
    ("workspace", "proposals.proposal"): "workspace:proposal",
    ("workspace", "billing.period"): "workspace:period",
    ("workspace", "billing.expense"): "workspace:expense",
    ("workspace", "engagements.engagement"): "workspace:engagement",
    ("workspace", "engagements.aisystem"): "workspace:system",
    ("workspace", "billing.timeentry"): "workspace:entry",
    ("workspace", "accounts.client"): "workspace:client",
}


def page_of(name: str) -> LinkBuilder:
    def path(pk: UUID) -> str:
        return reverse(name, args=[pk])

    return path


def fill_links() -> None:
    for (door, about_type), name in PAGES.items():
        fill(door, about_type, page_of(name))
    for door in ("portal", "workspace"):
        fill(door, "events.noticechoice", lambda _pk, door=door: reverse(f"{door}:notice_choices"))  # type: ignore[misc]
        fill(door, "accounts.person", lambda _pk: reverse("account_request_login_code"))
