from argparse import ArgumentParser
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from deploy.roles import Roles, bootstrap, script


class Command(BaseCommand):
    """Makes the database and its roles once per server, or prints the SQL for the person who may."""

    help = "Make the database and the tend_ roles that DATABASE_URL and DATABASE_ADMIN_URL name, with their passwords."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        how = parser.add_mutually_exclusive_group(required=True)
        how.add_argument("--print", action="store_true", help="print the SQL, for psql; it contains the passwords")
        how.add_argument("--administrator-url", help="postgresql:// of a role with CREATEROLE and CREATEDB, or a superuser")

    def handle(self, *_: Any, **options: Any) -> None:
        roles = roles_of(settings.DATABASE_URL, settings.DATABASE_ADMIN_URL)
        if options["print"]:
            self.stdout.write(script(roles))
            return
        try:
            is_new = bootstrap(options["administrator_url"], roles)
        except psycopg.Error as error:
            raise CommandError(f"The administrator could not do it: {str(error).strip()}") from error
        self.stdout.write(f"The roles are made; the database {roles.database} {'is new' if is_new else 'was there already'}.")


def roles_of(app_url: str, owner_url: str) -> Roles:
    """What the two addresses ask for. Raises CommandError when they name other roles, two databases or no password."""
    app, owner = urlsplit(app_url), urlsplit(owner_url)
    if (app.username, owner.username) != ("tend_app", "tend_owner"):
        raise CommandError("DATABASE_URL must name the role tend_app and DATABASE_ADMIN_URL the role tend_owner.")
    if app.path != owner.path or not app.password or not owner.password:
        raise CommandError("DATABASE_URL and DATABASE_ADMIN_URL must name one database and a password each.")
    return Roles(owner_password=unquote(owner.password), app_password=unquote(app.password), database=unquote(app.path[1:]))
