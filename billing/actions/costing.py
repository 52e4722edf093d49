"""What people cost: a rate from a day on, and the cost that each entry keeps as it was on its day."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.errors import Conflict, NotAllowed
from accounts.models import Firm, Person
from billing import policies
from billing.models import CostRate, TimeEntry, TimeEntryInternal
from engagements.actions.promising import hold_amount
from events.actions import record

# Of every write of time, so it is one statement: the latest rate that had begun, where there is one.
KEEP_COST = """
INSERT INTO billing_timeentryinternal (client_id, entry_id, note, cost_rate)
SELECT %s, %s, '', rate FROM billing_costrate WHERE person_id = %s AND starts_on <= %s ORDER BY starts_on DESC LIMIT 1
ON CONFLICT (entry_id) DO UPDATE SET cost_rate = excluded.cost_rate
"""


@transaction.atomic
def set_cost_rate(*, actor: Actor, person: Person, rate: Decimal, starts_on: dt.date) -> CostRate:
    """Say what an hour of somebody costs from a day on. Entries of open periods since then follow; closed ones keep what they have.

    Raises NotAllowed, TooManyPlaces, and Conflict for a rate below nothing, of nobody of the firm, or of a day that has one.
    """
    if not policies.may_set_costs(actor):
        raise NotAllowed(_("Only admins say what people cost."))
    if not person.is_staff:
        raise Conflict(_("%(name)s does not work for the firm.") % {"name": person.name}, field="person")
    if rate < 0:
        raise Conflict(_("A cost is never negative."), field="rate")
    own = Firm.objects.the().currency
    hold_amount(rate, own, _("A cost in %(currency)s has fewer decimals. Write one like %(amount)s."), field="rate")
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    if CostRate.objects.filter(person=person, starts_on=starts_on).exists():
        raise Conflict(_("A rate begins on that day already. Choose another day."), field="starts_on")
    made = CostRate.objects.create(person=person, rate=rate, starts_on=starts_on, set_by_id=actor.person_id)
    record("cost.set", actor=actor, about=made, is_public=False)
    _cost_anew(made)
    return made


def _cost_anew(made: CostRate) -> None:
    later = CostRate.objects.filter(person=made.person_id, starts_on__gt=made.starts_on).order_by("starts_on").first()
    worked = TimeEntry.objects.filter(person=made.person_id, work_date__gte=made.starts_on)
    if later is not None:
        worked = worked.filter(work_date__lt=later.starts_on)
    open_ones = worked.filter(period__closed_at=None)
    TimeEntryInternal.objects.filter(entry__in=open_ones).update(cost_rate=made.rate)
    TimeEntryInternal.objects.filter(entry__in=worked, cost_rate=None).update(cost_rate=made.rate)
    TimeEntryInternal.objects.bulk_create(
        TimeEntryInternal(client_id=entry.client_id, entry=entry, cost_rate=made.rate) for entry in worked.filter(internal=None)
    )


def keep_cost(*, entry_id: UUID, client_id: UUID, person_id: UUID, day: dt.date) -> None:
    """Note on an entry what its person cost on its day, where that is known."""
    with connection.cursor() as cursor:
        cursor.execute(KEEP_COST, [client_id, entry_id, person_id, day])


def keep_costs(entries: Sequence[TimeEntry]) -> None:
    """Note on new entries what their people cost on each day, where that is known; the rates of all of them in one query."""
    rates: dict[UUID, list[CostRate]] = defaultdict(list)
    for rate in CostRate.objects.filter(person__in={entry.person_id for entry in entries}).order_by("starts_on"):
        rates[rate.person_id].append(rate)
    known = ((entry, [rate for rate in rates[entry.person_id] if rate.starts_on <= entry.work_date]) for entry in entries)
    TimeEntryInternal.objects.bulk_create(
        TimeEntryInternal(client_id=entry.client_id, entry=entry, cost_rate=until[-1].rate) for entry, until in known if until
    )
