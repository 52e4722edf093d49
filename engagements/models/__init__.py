"""What the firm promised a client, and the AI systems it cares for."""

from engagements.models.engagement import Engagement, RetainerTerms
from engagements.models.plan import ServiceArea, ServicePlan
from engagements.models.system import AISystem, Component

__all__ = ["AISystem", "Component", "Engagement", "RetainerTerms", "ServiceArea", "ServicePlan"]
