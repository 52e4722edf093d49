"""Inputs of estimates, as people type them."""

from typing import Any

QUOTE_FOLLOW_UPS: dict[str, Any] = {
    "frequency_per_week": {"likely": "120", "grade": "A"},
    "manual_minutes": {"likely": "6", "grade": "B"},
    "review_minutes": {"likely": "1", "grade": "B"},
    "automatable_percent": {"likely": "80", "grade": "C"},
    "loaded_rate": {"likely": "40", "grade": "C"},
    "realisation_percent": {"likely": "50", "grade": "C"},
    "run_cost": {"likely": "60", "grade": "D"},
    "maintenance_hours": {"likely": "1", "grade": "D"},
    "build_hours": {"likely": "16", "grade": "D"},
    "maintenance_rate": "150",
    "build_rate": "150",
}
TOO_RARE: dict[str, Any] = QUOTE_FOLLOW_UPS | {
    "frequency_per_week": {"likely": "20", "grade": "A"},
    "manual_minutes": {"likely": "5", "grade": "B"},
}


def ranged(inputs: dict[str, Any], percent: int = 30) -> dict[str, Any]:
    """The same inputs with a low and a high so many percent around the likely figure."""

    def wide(of: Any) -> Any:
        if not isinstance(of, dict):
            return of
        likely = float(of["likely"])
        return of | {"low": round(likely * (1 - percent / 100), 2), "high": round(likely * (1 + percent / 100), 2)}

    return {name: wide(of) for name, of in inputs.items()} | {"automatable_percent": {"low": 60, "likely": 80, "high": 95}}
