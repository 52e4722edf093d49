"""Whether the tables are as the models say, whatever the list of applied migrations claims: asked of PostgreSQL in one query.

What would break counts, and nothing else: a table or column that is missing, of another type, or that takes or refuses NULL
against the model; and a column that no model knows and that every insert would have to fill. Other columns and tables may be
there, so that the processes before a migration stay ready while it is applied.
"""

from collections import defaultdict

from django.apps import apps
from django.db import connection
from django.db.models import Field, GeneratedField

WANTED = """
SELECT * FROM (SELECT w."table", CASE
    WHEN to_regclass(quote_ident(w."table")) IS NULL THEN 'is missing'
    WHEN a.attname IS NULL THEN format('lacks the column %%s', w.name)
    WHEN (a.atttypid, a.atttypmod) <> (to_regtype(w.type)::oid, to_regtypemod(w.type))
        THEN format('%%s is %%s, not %%s', w.name, format_type(a.atttypid, a.atttypmod), w.type)
    WHEN a.attnotnull <> w.is_required THEN format('%%s %%s NULL', w.name, CASE WHEN a.attnotnull THEN 'refuses' ELSE 'takes' END)
  END AS found
  FROM unnest(%s::text[], %s::text[], %s::text[], %s::bool[]) AS w ("table", name, type, is_required) LEFT JOIN pg_attribute a
    ON a.attrelid = to_regclass(quote_ident(w."table")) AND a.attname = w.name AND a.attnum > 0 AND NOT a.attisdropped
) looked WHERE found IS NOT NULL
"""
UNKNOWN = """
SELECT c.relname, format('has the column %%s, which no model fills', a.attname)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.oid = ANY (SELECT to_regclass(quote_ident(t)) FROM unnest(%s::text[]) t) AND a.attnum > 0 AND NOT a.attisdropped
  AND a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AND NOT (c.relname || '.' || a.attname) = ANY (%s::text[])
"""


def differences() -> list[str]:
    """Each table that is not as its model says, with the first thing that is not. Changes nothing, needs no right."""
    known = sorted({(table, *column) for table, fields in _declared().items() for column in map(_column, fields)})
    names = [f"{table}.{column}" for table, column, _type, _required in known]
    with connection.cursor() as cursor:
        cursor.execute(WANTED, [list(part) for part in zip(*known, strict=True)])
        found = cursor.fetchall()
        cursor.execute(UNKNOWN, [sorted({table for table, *_ in known}), names])
        found += cursor.fetchall()
    first = {table: f"{table} {said}" for table, said in reversed(found)}
    return [first[table] for table in sorted(first)]


def _declared() -> dict[str, set["Field[object, object]"]]:
    fields: dict[str, set[Field[object, object]]] = defaultdict(set)
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            # The key of a table that Django makes for a many-to-many is as wide as the day's default was, and read by nobody.
            fields[model._meta.db_table] |= {
                field
                for field in model._meta.local_concrete_fields
                if field.db_type(connection) and not (model._meta.auto_created and field.primary_key)
            }
    return fields


def _column(field: "Field[object, object]") -> tuple[str, str, bool]:
    """Its name, its type, and whether it refuses NULL."""
    return str(field.column), str(field.db_type(connection)), not field.null and not isinstance(field, GeneratedField)
