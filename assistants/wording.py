"""What the API calls things, so that the schema of a tool says what there is. A test holds it against the API's document."""

from typing import Literal

State = Literal["new", "open", "awaiting_approval", "waiting_on_client", "scheduled", "resolved", "closed"]
Turn = Literal["us", "client"]
Kind = Literal["request", "optimisation", "incident", "question", "task"]
ServiceArea = Literal[
    "performance_monitoring",
    "prompt_optimisation",
    "integration_maintenance",
    "system_updates",
    "workflow_expansion",
    "team_support",
    "reporting",
]
TimeKind = Literal["included", "goodwill", "project", "internal"]
Ordering = Literal["-id", "id", "-updated_at", "updated_at", "-created_at", "created_at"]
