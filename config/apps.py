from django.apps import AppConfig

from config.links import fill_links


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        fill_links()
