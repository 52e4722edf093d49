from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules

from accounts import wall


def build_wall(using: str, **_: Any) -> None:
    wall.build(using)


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        post_migrate.connect(build_wall, sender=self)
        autodiscover_modules("checks")
