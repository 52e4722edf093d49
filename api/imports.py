from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import FileResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actors import Actor
from accounts.errors import NotAllowed
from api.base import ActorViewSet, StrictSerializer
from api.rows import Derived, PersonNamed, Row
from billing import policies
from billing.actions.importing import Imported, forget_mapping, import_tried, mapping_text, save_mapping, start_import
from billing.actions.importing.reporting import report_of
from billing.actions.importing.starting import LONGEST_COLUMN, MOST_FILES
from billing.filters import ImportFilter
from billing.models import ImportRun, SavedMapping
from billing.models.importing import LONGEST_MAPPING
from billing.rules.importing import shipped
from look.downloads import CSV, as_download


def of_the_firm[M: Model](actor: Actor, found: QuerySet[M]) -> QuerySet[M]:
    """Nothing for a client's people, without asking: their database role has no right to these tables."""
    return found if actor.is_staff else found.none()


class ImportCountsRow(Row):
    """What was made, what was there already, and what was not imported."""

    clients = serializers.IntegerField()
    people = serializers.IntegerField()
    engagements = serializers.IntegerField()
    periods = serializers.IntegerField(help_text="Months of history.")
    tickets = serializers.IntegerField()
    entries = serializers.IntegerField()
    seconds = serializers.IntegerField()
    entries_there = serializers.IntegerField(help_text="Rows that an import before this one brought.")
    seconds_there = serializers.IntegerField()
    listed = serializers.IntegerField(help_text="Rows whose time was not imported.")
    seconds_listed = serializers.IntegerField()
    refused = serializers.IntegerField(help_text="Rows that cannot be read.")
    skipped = serializers.IntegerField(help_text="Rows that the mapping leaves out.")


class ImportNewClientRow(Row):
    """A client that an import makes, because none that is there has its name or its code."""

    name = serializers.CharField()
    code = serializers.CharField()
    near = serializers.CharField(
        help_text="Whom a trial takes it to mean: a client that is there and is called almost so. If so, write that name in the file."
    )


def _counts(kept: dict[str, int]) -> dict[str, int]:
    return {name: getattr(Imported(**kept), name) for name in ImportCountsRow.declared()}


def _failure(kept: list[Any]) -> str:
    """The sentence, and each fact that helps to find the place."""
    if not kept:
        return ""
    return " ".join([_(kept[0]), *(f"{name}: {fact}." for name, fact in kept[1:])])


class ImportRow(Row):
    """Files that are imported, or tried, and how far that is."""

    derived = {
        "counts": Derived(("counts",), _counts),
        "failure": Derived(("failure",), _failure),
        "new_clients": Derived(("new_clients",), list),
    }

    id = serializers.UUIDField()
    mapping = serializers.CharField(source="mapping_name")
    undated = serializers.CharField(help_text="The column that dates rows without a day.")
    dry_run = serializers.BooleanField(source="is_dry", help_text="Whether it is only tried: nothing stays written.")
    state = serializers.ChoiceField(choices=ImportRun.State.choices)
    rows_done = serializers.IntegerField()
    rows_total = serializers.IntegerField(allow_null=True, help_text="Not known until the files were counted.")
    counts = ImportCountsRow()
    new_clients = ImportNewClientRow(many=True, help_text="The first hundred clients it makes; `counts` tells how many there are.")
    failure = serializers.CharField(help_text="Why it failed, with every detail; empty otherwise.")
    person = PersonNamed(allow_null=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class ImportSerializer(StrictSerializer):
    """Files as multipart/form-data; `mapping` is the name of one that ships, or of one that was saved."""

    file = serializers.ListField(
        child=serializers.FileField(max_length=255), min_length=1, max_length=MOST_FILES, help_text="One part for each file."
    )
    mapping = serializers.CharField(max_length=80)
    dry_run = serializers.BooleanField(default=False, help_text="Do and check everything, then take it back.")
    undated = serializers.CharField(
        max_length=LONGEST_COLUMN, required=False, allow_blank=True, help_text="A column that dates rows without a day."
    )


class ImportViewSet(ActorViewSet):
    """Imports of time. Admins only: an import spans clients."""

    resource = "time-entries"
    queryset = ImportRun.objects.none()
    row_class = ImportRow
    serializer_class = ImportSerializer
    filterset_class = ImportFilter
    parser_classes = (MultiPartParser,)
    orderings = ("-id", "id")

    def get_queryset(self) -> QuerySet[ImportRun]:
        return of_the_firm(self.actor, ImportRun.objects.visible_to(self.actor))

    @extend_schema(responses={202: ImportRow})
    def create(self, request: Request) -> Response:
        """Hand files over. They are imported by and by: ask the address in Location how far that is."""
        if not policies.may_import_time(self.actor):  # before what a stranger to imports may not know is looked up
            raise NotAllowed(_("Only admins import time."))
        body = self.body(ImportSerializer)
        run = start_import(
            actor=self.actor, files=body["file"], mapping=body["mapping"], dry_run=body["dry_run"], undated=body.get("undated", "")
        )
        answer = self.created(run, f"imports/{run.pk}")
        answer.status_code = status.HTTP_202_ACCEPTED
        return answer

    @extend_schema(operation_id="imports_confirmation", request=None, responses={202: ImportRow})
    def confirm(self, request: Request, pk: UUID) -> Response:
        """Import for good what was tried: the same files, read the same way. The answer is a new import."""
        self.nothing()
        run = import_tried(actor=self.actor, run=self.thing(pk))
        answer = self.created(run, f"imports/{run.pk}")
        answer.status_code = status.HTTP_202_ACCEPTED
        return answer

    @extend_schema(operation_id="imports_report", responses={(200, "text/csv"): OpenApiTypes.BINARY})
    def report(self, request: Request, pk: UUID) -> FileResponse:
        """The rows to look at, as CSV: where each stands, what it says, and why it was not imported as it is."""
        run = self.thing(pk)
        return as_download(report_of(run), name=f"import-{run.pk}.csv", content_type=CSV)


class ImportMappingRow(Row):
    """A way to read other people's files that the firm wrote."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    text = serializers.CharField(help_text="TOML.")
    person = PersonNamed(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ShippedMappingRow(Row):
    """A way to read the files of another program that comes with Tend."""

    name = serializers.CharField(help_text="What an import names as its `mapping`.")
    text = serializers.CharField(help_text="TOML. One of your own begins with it, under another name.")


class ShippedMappingsRow(Row):
    """All that ship, by name."""

    mappings = ShippedMappingRow(many=True)


class ImportMappingSerializer(StrictSerializer):
    text = serializers.CharField(max_length=LONGEST_MAPPING, trim_whitespace=False, help_text="TOML; its `name` is what it is saved under.")


class ImportMappingViewSet(ActorViewSet):
    """The firm's own mappings, and those that ship."""

    resource = "time-entries"
    queryset = SavedMapping.objects.none()
    row_class = ImportMappingRow
    serializer_class = ImportMappingSerializer
    orderings = ("-id", "id", "name", "-name")

    def get_queryset(self) -> QuerySet[SavedMapping]:
        return of_the_firm(self.actor, SavedMapping.objects.visible_to(self.actor))

    @extend_schema(responses={201: ImportMappingRow})
    def create(self, request: Request) -> Response:
        """Save a mapping, in place of the one that has its name."""
        saved = save_mapping(actor=self.actor, text=self.body(ImportMappingSerializer)["text"])
        return self.created(saved, f"import-mappings/{saved.pk}")

    @extend_schema(operation_id="import_mappings_shipped", responses=ShippedMappingsRow)
    def shipped(self, request: Request) -> Response:
        """Every mapping that ships, with its text. Whoever imports may name it, or write their own from it."""
        if not policies.may_import_time(self.actor):
            raise NotAllowed(_("Only admins import time."))
        return Response({"mappings": [{"name": name, "text": mapping_text(name)} for name in shipped()]})

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Remove a mapping. Imports that began with it go on, and what they brought is still known again under its name."""
        forget_mapping(actor=self.actor, mapping=self.thing(pk))
        return Response(status=status.HTTP_204_NO_CONTENT)
