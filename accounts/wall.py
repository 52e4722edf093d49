"""The second wall: which database role may do what with which table. Declared on the model, kept by `migrate`."""

from dataclasses import dataclass
from hashlib import sha256

from django.apps import apps
from django.db import connections
from django.db.models import Model

THE_CLIENT = "NULLIF(current_setting('app.client_id', true), '')::uuid"
ROWS_OF_THE_CLIENT = f"client_id = {THE_CLIENT}"
ROWS_OF_THE_PERSON = "person_id = NULLIF(current_setting('app.person_id', true), '')::uuid"
ROLES = ("door", "portal", "staff", "system")
ALL = "select, insert, update, delete"


@dataclass(frozen=True, slots=True)
class Rights:
    """What each role may do with a table, and which rows the portal sees of it.

    `portal_locks` lets the portal take SELECT FOR NO KEY UPDATE on a row it may not change.
    """

    door: str = ""
    portal: str = ""
    staff: str = ""
    system: str = ""
    portal_sees: str = "true"
    portal_locks: bool = False


OF_PACKAGES = {
    "sessions.session": Rights(door=ALL, system=ALL),
    "account.emailaddress": Rights(door="select, insert, update, delete", staff=ALL, system=ALL),
    "account.emailconfirmation": Rights(door=ALL, system=ALL),
    "auth.permission": Rights(door="select", staff="select", system=ALL),
    "auth.group": Rights(door="select", staff="select", system=ALL),
    "auth.group_permissions": Rights(door="select", staff="select", system=ALL),
    "accounts.user_groups": Rights(door="select", staff="select", system=ALL),
    "accounts.user_user_permissions": Rights(door="select", staff="select", system=ALL),
    "contenttypes.contenttype": Rights(door="select", portal="select", staff="select", system=ALL),
    "admin.logentry": Rights(staff="select, insert", system=ALL),
    "pghistory.context": Rights(system="select"),
}


def rights_of(model: type[Model]) -> Rights | None:
    """The rights of a model's table; a history table is written by whoever writes the row and read by the firm."""
    tracked = getattr(model, "pgh_tracked_model", None)
    if tracked is not None:
        of_row = rights_of(tracked) or Rights()
        writes = {"insert", "update", "delete"}
        portal = "insert" if writes & set(of_row.portal.replace(" ", "").split(",")) else ""
        door = "insert" if writes & set(of_row.door.replace(" ", "").split(",")) else ""
        return Rights(door=door, portal=portal, staff="select, insert", system="select, insert", portal_sees=of_row.portal_sees)
    return OF_PACKAGES.get(model._meta.label_lower) or getattr(model, "rights", None)


def tables() -> dict[str, Rights | None]:
    """Every table that Django manages, with its rights or None where nobody declared them."""
    seen: dict[str, Rights | None] = {}
    for model in apps.get_models(include_auto_created=True):
        options = model._meta
        if options.managed and not options.proxy and options.db_table not in seen:
            seen[options.db_table] = rights_of(model)
    return seen


def statements(table: str, rights: Rights) -> list[str]:
    """The SQL that gives a table exactly these rights: one policy a role, never one with OR (770 times slower)."""
    roles = ", ".join(f"tend_{role}" for role in ROLES)
    out = [
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
        f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
        f'REVOKE ALL ON "{table}" FROM PUBLIC, {roles}',
    ]
    for role in ROLES:
        given = getattr(rights, role)
        sees = rights.portal_sees if role == "portal" else "true"
        if given:
            out.append(f'GRANT {given} ON "{table}" TO tend_{role}')
            out.append(f'CREATE POLICY {role} ON "{table}" TO tend_{role} USING ({sees}) WITH CHECK ({sees})')
    if rights.portal_locks:
        out.append(f'GRANT UPDATE (id) ON "{table}" TO tend_portal')
        out.append(f'CREATE POLICY portal_locks ON "{table}" AS RESTRICTIVE FOR UPDATE TO tend_portal USING (true) WITH CHECK (false)')
    out.append(f'CREATE POLICY owner ON "{table}" TO tend_owner USING (true) WITH CHECK (true)')
    return out


def breaches(using: str = "default") -> dict[str, list[str]]:
    """The tables whose grants and policies are not what the code declares, each with the SQL that it lacks. Changes nothing."""
    connection, lacking = connections[using], {}
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        cursor.execute(
            "SELECT c.relname, obj_description(p.oid, 'pg_policy') FROM pg_policy p"
            " JOIN pg_class c ON c.oid = polrelid WHERE polname = 'owner'"
        )
        marks = dict(cursor.fetchall())
    for table, rights in tables().items():
        wanted = statements(table, rights or Rights())
        if table in there and marks.get(table) != _mark(wanted):
            lacking[table] = wanted
    return lacking


def build(using: str = "default") -> list[str]:
    """Bring grants and policies of every table to what the code declares; touch and name only the tables that differ."""
    lacking = breaches(using)
    with connections[using].cursor() as cursor:
        for table, wanted in lacking.items():
            cursor.execute("SELECT polname FROM pg_policy WHERE polrelid = %s::regclass", [f'"{table}"'])
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP POLICY "{name}" ON "{table}"')
            for line in wanted:
                cursor.execute(line)
            cursor.execute(f"COMMENT ON POLICY owner ON \"{table}\" IS '{_mark(wanted)}'")
        cursor.execute("GRANT SELECT ON django_migrations TO tend_door")
    return list(lacking)


def _mark(wanted: list[str]) -> str:
    """What the owner's policy of a table is marked with once these statements were carried out."""
    return sha256("\n".join(wanted).encode()).hexdigest()[:16]
