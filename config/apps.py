from django.apps import AppConfig

from config.links import fill_links
from config.webhooks import fill_webhooks


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        fill_links()
        fill_webhooks()
