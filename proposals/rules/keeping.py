"""An estimate as it is kept beside its proposal: figures as decimal text, so that what was sent is read back to the cent."""

from decimal import Decimal
from typing import Any

from figures.rounding import money
from proposals.rules.chances import Chances, Range, chances
from proposals.rules.estimate import FORMULA, Estimate, estimate
from proposals.rules.inputs import Inputs


def kept(inputs: Inputs) -> dict[str, Any]:
    """The estimate and its chances in plain values, with the version of the formula and the seed of the draws."""
    likely, drawn = estimate(inputs), chances(inputs)
    return {"formula": FORMULA, "seed": drawn.seed, **_likely(likely), **_drawn(drawn)}


def _likely(found: Estimate) -> dict[str, Any]:
    texts = ("hours", "benefit", "running", "net", "build", "payback_months", "net_first_year", "npv", "multiple")
    return {name: _text(getattr(found, name)) for name in texts} | {
        "irr_percent": found.irr_percent,
        "evidence_percent": found.evidence_percent,
    }


def _drawn(found: Chances) -> dict[str, Any]:
    return {
        "ranges": {
            "hours": _range(found.hours, 4),
            "net": _range(found.net, 2),
            "net_first_year": _range(found.net_first_year, 2),
        },
        "payback_p50": None if found.payback_p50 is None else _text(money(Decimal(found.payback_p50), 4)),
        "p_net": found.p_net,
        "p_first_year": found.p_first_year,
        "p_multiple": found.p_multiple,
        "weighted": _text(found.weighted),
        "weighted_per_hour": _text(found.weighted_per_hour),
        "rice": _text(found.rice),
        "doubts": list(found.doubts),
        "tornado": [{"input": swing.name, "at_low": _text(swing.at_low), "at_high": _text(swing.at_high)} for swing in found.swings],
    }


def _range(found: Range, places: int) -> dict[str, str | None]:
    return {name: _text(money(Decimal(getattr(found, name)), places)) for name in ("p10", "p50", "p90")}


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"
