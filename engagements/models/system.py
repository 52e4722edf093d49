import pghistory
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.constraints import SameClient
from accounts.models import ClientOwned, ClientOwnedQuerySet
from accounts.wall import ALL, ROWS_OF_THE_CLIENT, Rights
from engagements.models.engagement import Engagement


@pghistory.track(context_field=pghistory.ContextJSONField())
class AISystem(ClientOwned):
    """An AI system in care: what a client relies on and would miss."""

    class Kind(models.TextChoices):
        ASSISTANT = "assistant", _("assistant")
        AUTOMATION = "automation", _("automation")
        CLASSIFIER = "classifier", _("classifier")
        EXTRACTION = "extraction", _("extraction")
        FORECAST = "forecast", _("forecast")
        OTHER = "other", _("other")

    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="systems", db_constraint=False)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.ASSISTANT)
    purpose = models.CharField(_("what it is for"), max_length=240, blank=True)
    in_care_since = models.DateField(_("in care since"))
    retired_on = models.DateField(_("retired on"), null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ClientOwnedQuerySet["AISystem"].as_manager()

    rights = Rights(portal="select", staff="select, insert, update", system=ALL, portal_sees=ROWS_OF_THE_CLIENT)

    class Meta:
        constraints = [
            SameClient("engagement", name="a_system_belongs_to_its_engagements_client"),
            models.UniqueConstraint(fields=["client", "name"], name="a_client_names_each_system_differently"),
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track(context_field=pghistory.ContextJSONField())
class Component(ClientOwned):
    """A part of an AI system that can change or break by itself: a model, a prompt, an integration."""

    class Kind(models.TextChoices):
        MODEL = "model", _("model")
        PROMPT = "prompt", _("prompt")
        INTEGRATION = "integration", _("integration")
        DATA = "data", _("data source")
        WORKFLOW = "workflow", _("workflow")

    system = models.ForeignKey(AISystem, models.CASCADE, related_name="components", db_constraint=False)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    version = models.CharField(_("version"), max_length=80, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ClientOwnedQuerySet["Component"].as_manager()

    rights = Rights(portal="select", staff="select, insert, update, delete", system=ALL, portal_sees=ROWS_OF_THE_CLIENT)

    class Meta:
        constraints = [
            SameClient("system", name="a_component_belongs_to_its_systems_client"),
            models.UniqueConstraint(fields=["client", "system", "name"], name="a_system_names_each_component_differently"),
        ]

    def __str__(self) -> str:
        return self.name
