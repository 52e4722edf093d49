"""A report to begin with: what Tend holds of one period of a client, as facts and as a draft in Markdown."""

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field

from assistants.draft import as_markdown
from assistants.naming import client_id
from assistants.tend import Refused, Tend, Thing
from assistants.tickets import ClientNamed

HIDDEN = {"scope-missing", "not-allowed"}
OF_A_PERIOD = ("opening", "granted", "adjusted", "covered", "expired", "closing", "used", "borrowed", "overage", "unauthorised", "absorbed")
NAMED = ("id", "engagement", "starts_on", "ends_on", "capacity_minutes", "left_minutes", "closed_at")
OF_A_TICKET = "reference,subject,kind,service_area,state,turn,priority,resolved_at"
NO_VALUE = "What the work was worth: this draft gathers hours, tickets and alerts, and no metric moved or money returned."


class Reports:
    """The tool, on one Tend."""

    def __init__(self, tend: Tend) -> None:
        self.tend = tend

    def draft_report(
        self,
        client: ClientNamed = None,
        covering: Annotated[dt.date | None, Field(description="A day of the period to report; today where it is left out.")] = None,
    ) -> dict[str, Any]:
        """Gather what Tend holds of one period of a client, as facts and as a Markdown draft for a person to finish: hours (of the
        statement once the period has closed, running totals before), tickets resolved in it, tickets open now, alerts. Sends nothing
        and keeps nothing. `left_out` says what is missing and why: say so where you use the draft.
        """
        whole = self.tend.get(f"clients/{client_id(self.tend, client)}")
        zone = ZoneInfo(whole["time_zone"])
        today = dt.datetime.now(zone).date()
        periods = list(self.tend.every("periods", client=whole["id"], covering=covering or today))
        if not periods:
            raise Refused(f"{whole['name']} has no period that covers {covering or today}. list_periods tells those there are.")
        left_out: list[str] = [NO_VALUE]
        facts = {
            "client": {name: whole[name] for name in ("id", "name", "code")},
            "as_of": today.isoformat(),
            "periods": [self._period(period, zone, left_out) for period in periods],
            **self._tickets(whole["id"], _span(periods, zone), left_out),
        }
        return {"facts": facts, "left_out": left_out, "markdown": as_markdown(facts, left_out)}

    def _period(self, period: Thing, zone: ZoneInfo, left_out: list[str]) -> Thing:
        """One period: of its statement what was frozen, else its running totals."""
        told = {name: period[name] for name in NAMED}
        statement = self._statement_of(period) if period["closed_at"] else None
        if statement is None:
            told["figures_from"] = "imported history" if period["is_history"] else "running totals: they may change until the period closes"
            told["minutes"] = {name: period[f"{name}_minutes"] for name in OF_A_PERIOD}
            told["by_service_area"] = self._areas(period, left_out)
            told["overage_lines"] = []
            told["called_in_minutes"] = period["unrepaid_minutes"]
        else:
            told["figures_from"] = f"statement {statement['number']}"
            told |= self._frozen(statement)
        told["alerts"] = self._or_left_out("alerts", lambda: self._alerts(period, zone), left_out)
        return told

    def _statement_of(self, period: Thing) -> Thing | None:
        found = self.tend.get("statements", period=period["id"])["results"]
        return next((each for each in found if each["superseded_at"] is None), None)

    def _frozen(self, statement: Thing) -> Thing:
        document = self.tend.get(f"statements/{statement['id']}/document")
        return {
            "statement": statement["id"],
            "currency": document["currency"],
            "minutes": {name: document[name] for name in OF_A_PERIOD},
            "by_service_area": [{"service_area": row["area"], "used_minutes": row["burn_minutes"]} for row in document["by_area"]],
            "overage_lines": document["overage_lines"],
            "called_in_minutes": document.get("unrepaid", 0),  # a statement of before has no such key
        }

    def _areas(self, period: Thing, left_out: list[str]) -> list[Thing]:
        """By service area, as the balance tells it of the period of today."""
        balance = self.tend.get(f"clients/{period['client']['id']}/balance")
        for engagement in balance["engagements"]:
            if engagement["period"] == period["id"]:
                areas: list[Thing] = engagement["by_service_area"]
                return areas
        left_out.append("Hours by service area: the period is over and not closed; its statement will tell them.")
        return []

    def _alerts(self, period: Thing, zone: ZoneInfo) -> list[Thing]:
        """What people were told of the period, the first first, on the client's own days."""
        found = list(self.tend.every("alerts", period=period["id"], superseded=False, ordering="id"))
        days = [dt.datetime.fromisoformat(alert["raised_at"]).astimezone(zone).date() for alert in found]
        told = ("kind", "percent", "minutes", "falls_on")
        return [{name: alert[name] for name in told} | {"raised_on": day.isoformat()} for alert, day in zip(found, days, strict=True)]

    def _tickets(self, client: str, span: tuple[dt.datetime, dt.datetime], left_out: list[str]) -> Thing:
        """The tickets resolved within the days of the period, and those that wait for somebody now."""
        begins, ends = span

        def resolved() -> list[Thing]:
            since = self.tend.every("tickets", client=client, state=["resolved", "closed"], updated_since=begins, fields=OF_A_TICKET)
            return [each for each in since if each["resolved_at"] and begins <= dt.datetime.fromisoformat(each["resolved_at"]) < ends]

        def waiting() -> list[Thing]:
            found = [self.tend.every("tickets", client=client, turn=turn, fields=OF_A_TICKET) for turn in ("us", "client")]
            return [ticket for tickets in found for ticket in tickets]

        return {
            "tickets_resolved": self._or_left_out("tickets resolved", resolved, left_out),
            "tickets_open_now": self._or_left_out("tickets open now", waiting, left_out),
        }

    @staticmethod
    def _or_left_out(what: str, read: Callable[[], list[Thing]], left_out: list[str]) -> list[Thing]:
        """What the key may not read is left out and said to be."""
        try:
            return read()
        except Refused as refused:
            if refused.code not in HIDDEN:
                raise
            left_out.append(f"{what.capitalize()}: {str(refused).splitlines()[0]}")
            return []


def _span(periods: list[Thing], zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    """From the first moment of the earliest period to the end of the latest, in the client's own time."""
    begins = min(dt.date.fromisoformat(period["starts_on"]) for period in periods)
    ends = max(dt.date.fromisoformat(period["ends_on"]) for period in periods)
    return dt.datetime.combine(begins, dt.time(), zone), dt.datetime.combine(ends, dt.time(), zone)
