"""Every promise made to a client: agreed, paused, ended, renewed; the systems in care and the work that comes back."""

from engagements.actions.living import (
    Living,
    begin_project,
    continue_engagement,
    end_engagement,
    pause_engagement,
    renew_engagements,
    resume_engagement,
    set_engagement,
)
from engagements.actions.promising import (
    Plan,
    add_component,
    add_plan,
    agree_terms,
    begin_engagement,
    describe_component,
    describe_system,
    end_plan,
    plan_onboarding,
    remove_component,
    take_into_care,
)

__all__ = [
    "Living",
    "Plan",
    "add_component",
    "add_plan",
    "agree_terms",
    "begin_engagement",
    "begin_project",
    "continue_engagement",
    "describe_component",
    "describe_system",
    "end_engagement",
    "end_plan",
    "pause_engagement",
    "plan_onboarding",
    "remove_component",
    "renew_engagements",
    "resume_engagement",
    "set_engagement",
    "take_into_care",
]
