"""What the firm promised a client, and the AI systems it cares for."""

from engagements.models.currencies import currencies_for
from engagements.models.engagement import Engagement, RetainerTerms
from engagements.models.pause import Pause
from engagements.models.plan import ServiceArea, ServicePlan
from engagements.models.reminder import EngagementReminder
from engagements.models.system import AISystem, Component

__all__ = [
    "AISystem",
    "Component",
    "Engagement",
    "EngagementReminder",
    "Pause",
    "RetainerTerms",
    "ServiceArea",
    "ServicePlan",
    "currencies_for",
]
