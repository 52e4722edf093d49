"""Files as the API hands them out: what they are, and their bytes. Each kind of file says itself who sees it."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from api.rows import Row, Shaped
from look.downloads import stored
from tickets.actions.attachments import MOST_FILES


class FileRow(Row):
    """A file that was sent along. Its type was told by its content."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    content_type = serializers.CharField()
    size_bytes = serializers.IntegerField()
    created_at = serializers.DateTimeField()

    @classmethod
    def by(cls, owner: str, files: QuerySet[Any]) -> defaultdict[UUID, list[Shaped]]:
        """These files by what they were sent with, in the order they came; `owner` is the column that names it."""
        found = defaultdict[UUID, list[Shaped]](list)
        for values in files.order_by("pk").values(owner, *cls.columns()):
            found[values[owner]].append(cls.shape(values))
        return found


def sent_files(*, at_least: int = 0) -> serializers.ListField:
    """The files that come with what is said, as parts of multipart/form-data."""
    return serializers.ListField(child=serializers.FileField(), min_length=at_least, max_length=MOST_FILES, required=at_least > 0)


class Files:
    """What every resource of files does besides listing them."""

    thing: Any

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def content(self, request: Request, pk: UUID) -> FileResponse:
        """The bytes of a file, to be saved and never opened by a browser."""
        return stored(self.thing(pk))
