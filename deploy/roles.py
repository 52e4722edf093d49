"""The database roles that the second wall stands on, as SQL that a person can read before an administrator runs it.

tend_owner   owns the database and its tables; migrates, makes test databases
tend_app     the login of web and worker; acts as the door until a transaction says who it is for
tend_door    reads sessions, sign-in tables and the hashes of keys, before anybody is known
tend_portal  one client, named per transaction
tend_staff   the firm's people
tend_system  the firm's own processes
"""

from dataclasses import dataclass, field

import psycopg
from psycopg import sql

SCOPES = ("tend_portal", "tend_staff", "tend_system")
LOGINS = {"tend_owner": "LOGIN CREATEDB INHERIT", "tend_app": "LOGIN NOINHERIT"}
NOT_A_LOGIN = ("tend_door", *SCOPES)


# Other than a superuser, only a member of tend_owner may make a database that tend_owner owns.
LEND_THE_OWNER_TO_THE_ADMINISTRATOR = """\
DO $$ BEGIN
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    EXECUTE format('GRANT tend_owner TO %I WITH SET TRUE', current_user);
  END IF;
END $$"""
REFUSE_ROLES_ABOVE_THE_WALL = """\
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE starts_with(rolname, 'tend_') AND (rolsuper OR rolbypassrls)) THEN
    RAISE EXCEPTION 'A tend_ role is SUPERUSER or BYPASSRLS: row-level security would not bind it';
  END IF;
END $$"""


@dataclass(frozen=True)
class Roles:
    """The two passwords and the name of the database."""

    owner_password: str = field(repr=False)
    app_password: str = field(repr=False)
    database: str = "tend"


def statements(roles: Roles) -> list[str]:
    """Everything but the database itself, each safe to run again; the passwords are set anew each time.

    SUPERUSER and BYPASSRLS are nowhere named, because only a superuser may name them and managed servers give none;
    a new role has neither, and the last statement refuses a role that somebody gave one.
    """
    passwords = {"tend_owner": roles.owner_password, "tend_app": roles.app_password}
    return [
        *(_role(name, f"{rights} PASSWORD {quoted(passwords[name])}") for name, rights in LOGINS.items()),
        *(_role(name, "NOLOGIN") for name in NOT_A_LOGIN),
        "GRANT tend_door TO tend_app WITH INHERIT TRUE, SET TRUE",
        *(f"GRANT {scope} TO tend_app WITH INHERIT FALSE, SET TRUE" for scope in SCOPES),
        LEND_THE_OWNER_TO_THE_ADMINISTRATOR,
        REFUSE_ROLES_ABOVE_THE_WALL,
    ]


def script(roles: Roles) -> str:
    """The same as one file for psql, with the database."""
    absent = f"NOT EXISTS (SELECT FROM pg_database WHERE datname = {quoted(roles.database)})"
    steps = [f"{statement};" for statement in statements(roles)]
    return "\n".join([*steps, f"SELECT {quoted(create_database(roles))} WHERE {absent} \\gexec", ""])


def create_database(roles: Roles) -> str:
    return f"CREATE DATABASE {sql.Identifier(roles.database).as_string()} OWNER tend_owner"


def bootstrap(administrator_url: str, roles: Roles) -> bool:
    """Make roles and database as an administrator (CREATEROLE and CREATEDB at least); whether the database is new."""
    with psycopg.connect(administrator_url, autocommit=True) as connection:
        with connection.transaction():
            for statement in statements(roles):
                connection.execute(statement)
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [roles.database]).fetchone():
            return False
        connection.execute(create_database(roles))
        return True


def quoted(text: str) -> str:
    """A string literal that holds under every setting of standard_conforming_strings."""
    return sql.Literal(text).as_string().strip()


def _role(name: str, rights: str) -> str:
    absent = f"NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}')"
    return f"DO $$ BEGIN IF {absent} THEN CREATE ROLE {name}; END IF; END $$;\nALTER ROLE {name} {rights}"
