from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Exists, OuterRef, When

from accounts.models import Firm
from engagements.models.engagement import Engagement


def currencies_for(client: str) -> Case:
    """In which currencies the money of a client counts, in order: of its retainers, or the firm's while it has none, as a new one
    begins with it. `client` names the column of the client in the row that is annotated.
    """
    promised = Engagement.objects.promised().filter(client=OuterRef(client)).order_by("currency").values("currency").distinct()
    return Case(When(Exists(promised), then=ArraySubquery(promised)), default=ArraySubquery(Firm.objects.values("currency")))
