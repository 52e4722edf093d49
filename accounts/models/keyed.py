from django.db import models
from django.db.models.functions import UUID7


class Keyed(models.Model):
    """A row named by a UUIDv7 that the database makes: sortable by time, safe to show, never guessed by counting."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)

    class Meta:
        abstract = True
