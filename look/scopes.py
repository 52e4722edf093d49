"""What a key may do, as both doors offer it: resource by resource, each with what it holds."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

ALL_READING = "read"
VERBS = {"read": _("read"), "write": _("read and write")}


@dataclass(frozen=True, slots=True)
class Resource:
    """One heap of addresses: how it is called, and what lies in it."""

    name: object
    holds: object


RESOURCES = {
    "clients": Resource(_("Clients"), _("clients, and the opening hours they are served in")),
    "engagements": Resource(_("Engagements"), _("retainers, their terms, pauses, ends, contracts and planned work")),
    "systems": Resource(_("AI systems"), _("the systems in care and what they are made of")),
    "tickets": Resource(_("Tickets"), _("requests with their conversation, files, estimates and states")),
    "time-entries": Resource(_("Time"), _("time that was logged, its approval, the timer and imports")),
    "periods": Resource(_("Hours"), _("balances, periods, top-ups, authorised hours and statements")),
    "expenses": Resource(_("Expenses"), _("money spent for clients, with receipts")),
    "charges": Resource(_("Charges"), _("what a period costs its client")),
    "costs": Resource(_("Costs"), _("what people cost, margin and utilisation")),
    "alerts": Resource(_("Alerts"), _("thresholds that were reached")),
    "forecasts": Resource(_("Forecasts"), _("where periods are heading")),
    "proposals": Resource(_("Proposals"), _("proposals with their estimates and decisions")),
    "people": Resource(_("People"), _("people, their roles at clients and who works for whom")),
    "notices": Resource(_("Notices"), _("what you were told, and what you want to be told")),
    "webhooks": Resource(_("Webhooks"), _("where events are posted to, and how that went")),
    "firm": Resource(_("Firm"), _("the firm's name, logo, place and currency")),
    "views": Resource(_("Views"), _("lists that were kept with their filters")),
    "balance-links": Resource(_("Balance links"), _("addresses that show a balance without signing in")),
    "calendar-feeds": Resource(_("Calendar feeds"), _("addresses that a calendar reads")),
    "capacity": Resource(_("Capacity"), _("working weeks, absences and who has time")),
    "exit-kits": Resource(_("Exit kits"), _("all data of a client in one file")),
}


class ScopeBoxes(forms.CheckboxSelectMultiple):
    template_name = "look/forms/scopes.html"


class ScopesField(forms.MultipleChoiceField):
    """Scopes of those that are offered; one box stands for all reading."""

    def __init__(self, offered: Collection[str], **options: Any) -> None:
        self.offered = sorted(offered, key=lambda scope: (list(RESOURCES).index(scope.partition(":")[0]), scope))
        groups = [(RESOURCES[name], [(scope, VERBS[scope.partition(":")[2]]) for scope in scopes]) for name, scopes in self._grouped()]
        choices = [(ALL_READING, _("read everything named here")), *groups]
        super().__init__(label=_("What it may do"), choices=choices, widget=ScopeBoxes, **options)

    def _grouped(self) -> list[tuple[str, list[str]]]:
        return [(name, list(scopes)) for name, scopes in groupby(self.offered, lambda scope: scope.partition(":")[0])]

    def clean(self, value: Any) -> list[str]:
        chosen = set(super().clean(value))
        if ALL_READING in chosen:
            chosen |= {scope for scope in self.offered if scope.endswith(":read")}
        return sorted(chosen - {ALL_READING})
