"""Files as the API hands them out: what they are, and their bytes. Each kind of file says itself who sees it."""

from typing import Any
from uuid import UUID

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from api.rows import Row
from look.downloads import stored


class FileRow(Row):
    """A file that was sent along. Its type was told by its content."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    content_type = serializers.CharField()
    size_bytes = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class Files:
    """What every resource of files does besides listing them."""

    thing: Any

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def content(self, request: Request, pk: UUID) -> FileResponse:
        """The bytes of a file, to be saved and never opened by a browser."""
        return stored(self.thing(pk))
