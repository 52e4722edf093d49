from django.apps import AppConfig
from django.db.models import fields
from django.utils.translation import gettext_lazy as _


class LookConfig(AppConfig):
    name = "look"

    def ready(self) -> None:
        fields.BLANK_CHOICE_LABEL = _("Choose")  # the way Django names to say it in one's own words
