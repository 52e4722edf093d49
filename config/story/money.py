"""What the firm's people cost, what they spent, how Acorn's retainer runs on, and what Cobalt authorised beyond its hours."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from billing.actions import authorise_overage
from billing.actions.costing import set_cost_rate
from billing.actions.expenses import Spent, approve_expense, log_expense
from config.story.parts import Cast
from engagements.actions import Living, set_engagement

COSTS = (("Ada", "82.00"), ("Mara", "74.00"), ("Ines", "58.00"), ("Tomas", "61.00"))


def tell_money(cast: Cast, today: dt.date) -> None:
    """Cost rates since last month, one expense that waits and one that is charged, a commitment that renews, and a yes to hours over."""
    month_before = (today.replace(day=1) - dt.timedelta(days=1)).replace(day=1)
    for first, rate in COSTS:
        set_cost_rate(actor=cast.actor("Ada"), person=cast.staff[first], rate=Decimal(rate), starts_on=month_before)
    acorn = cast.retainers["ACM"]
    tokens = Spent(spent_on=today, category="model_usage", note="Tokens of the forty test cases", amount=Decimal("23.80"), currency="USD")
    approve_expense(actor=cast.actor("Mara"), expense=log_expense(actor=cast.actor("Ines"), engagement=acorn, spent=tokens))
    train = Spent(
        spent_on=today, category="travel", note="Train to the quarterly talk", amount=Decimal("64.50"), tax=Decimal("5.86"), currency="USD"
    )
    log_expense(actor=cast.actor("Ines"), engagement=acorn, spent=train)
    committed = replace(Living.of(acorn), committed_until=today.replace(day=1, year=today.year + 1), renewal_months=12, notice_days=60)
    set_engagement(actor=cast.actor("Mara"), engagement=acorn, living=committed)
    cobalt, note = cast.retainers["CBF"], "Until the depot names are right"
    authorise_overage(actor=cast.actor("Nadia"), engagement=cobalt, minutes_cap=4 * 60, money_cap=Decimal("800.00"), note=note)
