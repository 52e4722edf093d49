from django.db import models

from accounts.constraints import SameClient
from accounts.models import ClientOwnedQuerySet
from accounts.wall import ALL, Rights
from engagements.models import Engagement
from tickets.models.attachment import Attachment


class SignedContract(Attachment):
    """The signed contract of an engagement, as a file. Kept by the firm; every version that was filed stays."""

    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="contracts", db_constraint=False)

    objects = ClientOwnedQuerySet["SignedContract"].as_manager()

    rights = Rights(staff="select, insert", system=ALL)

    class Meta:
        constraints = [SameClient("engagement", name="a_contract_belongs_to_its_engagements_client")]
