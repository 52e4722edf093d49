"""Rows that an import brought before, found by the key it gave them."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection, models

from accounts.models import Client

# Key by key through the unique index, whatever the planner knows. Of a table that is being filled it knows nothing yet: asked
# for all keys at once, it reads everything the client has for each batch.
BY_KEY = """
SELECT found.id FROM unnest(%s::text[]) AS wanted (key)
CROSS JOIN LATERAL (SELECT id FROM {table} WHERE client_id = %s AND import_key = wanted.key LIMIT 1) AS found
"""


def there[M: models.Model](of: models.QuerySet[M, Any], client: Client, keys: Iterable[str]) -> models.QuerySet[M, Any]:
    """Those of a client's rows that were imported under one of the keys."""
    with connection.cursor() as cursor:
        cursor.execute(BY_KEY.format(table=of.model._meta.db_table), [list(keys), client.pk])
        ids: list[UUID] = [pk for (pk,) in cursor.fetchall()]
    return of.filter(pk__in=ids)
