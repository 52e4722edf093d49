"""What the OpenAPI document says beyond the code: how every operation is refused, and an example of every answer."""

import json
from decimal import Decimal
from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, force_instance, is_serializer
from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from api.asking import expand_parameter
from api.exports import TYPES
from api.problems import CONTENT_TYPE
from api.rendering import OrjsonRenderer
from api.rows import Row

ID = "0198a3c2-7f10-7c4e-9d55-6b0f4e2a9c11"
SAMPLES: dict[str, Any] = {
    "subject": "The quote assistant promises 3 days",
    "body": "It should say **5 days** since Monday.",
    "summary": "The prompt now reads the lead time from the price list.",
    "reference": "ACM-42",
    "name": "Acorn Mills",
    "code": "ACM",
    "currency": "USD",
    "title": "Draft the quote follow-ups",
    "likely": "60",
    "low": "50",
    "high": "80",
    "note": "Reworked the quote prompt",
    "time_zone": "America/Chicago",
    "wording": "With us",
    "prefix": "tend_live_8Kq2",
    "purpose": "Answers quote requests",
    "kinds": ["ticket.opened", "message.posted"],
    "webhook_id": "msg_0198a3c27f107c4e9d556b0f4e2a9c11",
    "version": "2026-02",
    "work_kind": "",
    "raw_seconds": 5400,
    "minutes": 90,
    "priority": 3,
    "percent": 80,
    "thresholds": [50, 80, 100],
    "scopes": ["tickets:read", "time-entries:write"],
    "anchor_day": 1,
    "anchor_month": 1,
    "episode": 1,
    "carry_periods": 1,
}
SHOWN_THOUGH_OPTIONAL = frozenset({"minutes", "work_date", "engagement", "service_area"})  # without them an entry is refused
FILE = {"schema": {"type": "string", "format": "binary", "description": "All rows of the list."}}
REFUSALS = {
    "400": ("unknown-parameter", "A parameter, a value or the JSON itself cannot be read."),
    "401": ("not-authenticated", "No key, or one that opens nothing."),
    "403": ("scope-missing", "The key or the person may not do this."),
    "404": ("not-found", "It never existed, or it is another client's."),
    "409": ("conflict", "It clashes with what is there by now, or the same key's request is in flight."),
    "428": ("precondition-required", "If-Match is missed."),
    "429": ("too-many-requests", "What a minute allows is used up: Retry-After says when to go on."),
    "412": ("changed-meanwhile", "If-Match names an older state."),
    "415": ("unsupported-media-type", "The body is of a kind that is not taken here."),
    "422": ("invalid-body", "A field cannot be taken, or a rule is broken: errors has pointers."),
}


IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "minLength": 1},
    "description": "The ETag that was read, or * for any state.",
}


class ProblemErrorRow(Row):
    """One place in the request that is wrong."""

    pointer = serializers.CharField(required=False, help_text="JSON pointer into the body.")
    parameter = serializers.CharField(required=False, help_text="A query parameter.")
    code = serializers.CharField(required=False)
    detail = serializers.CharField()
    allowed = serializers.ListField(child=serializers.CharField(), required=False)


class ProblemRow(Row):
    """RFC 9457: why a request was refused."""

    type = serializers.URLField(help_text="Explains the code.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    request_id = serializers.CharField()
    errors = ProblemErrorRow(many=True, required=False)  # type: ignore[assignment]  # a declared field, as DRF takes it
    rule = serializers.CharField(required=False, help_text="The name of the constraint that was broken.")
    facts = serializers.DictField(required=False)


class KeyOrSession(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "api.access.AsTheMiddlewareSaid"
    name = ["key", "session"]

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[str]]]:
        return [{name: []} for name in self.name]  # one or the other

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, str]]:
        return [
            {"type": "http", "scheme": "bearer", "bearerFormat": "tend_live_…", "description": "An API key, acting for a named person."},
            {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME, "description": "A session; writes need X-CSRFToken."},
        ]


class TendSchema(AutoSchema):
    """An operation answers with the row class of its view, and refuses in problems."""

    view: Any

    def get_response_serializers(self) -> Any:
        return self.view.row_class

    def get_filter_backends(self) -> list[Any]:
        return list(self.view.filter_backends) if self.view.action in self.view.asked_actions else []

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/v1/").partition("/")[0]]

    def get_operation_id(self) -> str:
        """The bytes of a file are called by what they are of: contracts_content."""
        if self.view.action == "content":
            return f"{self.get_tags()[0].replace('-', '_')}_content"
        return str(super().get_operation_id())

    def get_override_parameters(self) -> list[Any]:
        if self.view.action == "retrieve":
            return expand_parameter(self.view)
        matched = [IF_MATCH] if self.view.action in self.view.matched_actions else []
        if self.method != "POST" and self.view.action not in self.view.bulk_actions:
            return matched
        return [
            *matched,
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "minLength": 1, "maxLength": 255},
                "description": "Carries the request out once within 24 hours, however often it arrives.",
            },
        ]

    def _process_override_parameters(self, direction: Any = "request") -> dict[tuple[str, str], Any]:
        return {(parameter["name"], parameter["in"]): parameter for parameter in self.get_override_parameters()}

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        answers: dict[str, Any] = super()._get_response_bodies(direction)
        if self.view.action == "list":
            answers["200"]["content"] |= {kind: FILE for name, kind in TYPES.items() if name != "json"}
        return answers | {status: self._refusal_of(status) for status in self._refused_with()}

    def map_renderers(self, attribute: Any) -> list[Any]:
        return [getattr(OrjsonRenderer, attribute)]  # what a list is besides, and has no schema of its own, is added by name

    def _refusal_of(self, status: str) -> dict[str, str]:
        """A reference to the one description of a status, which is registered the first time."""
        problem = self.resolve_serializer(ProblemRow, "response")
        told = ResolvedComponent(  # type: ignore[no-untyped-call]
            name=f"Refused{status}", type="responses", schema=_refusal(status, problem.ref), object=status
        )
        self.registry.register_on_missing(told)
        ref: dict[str, str] = told.ref
        return ref

    def _refused_with(self) -> list[str]:
        statuses = ["400", "401", "403", "404", "429"]  # a whole resource is absent for whom it is not
        if self.method != "GET":
            statuses += ["409", "422"]
        changes = self.method in {"PATCH", "DELETE"} and self.view.action not in self.view.bulk_actions
        if changes or self.view.action in self.view.matched_actions:
            statuses += ["412", "428"]
        if self.method in {"POST", "PATCH"}:
            statuses.append("415")
        return sorted(statuses)

    def _get_examples(self, serializer: Any, direction: Any, media_type: Any, status_code: Any = None, extras: Any = None) -> Any:
        if not is_serializer(serializer):
            return super()._get_examples(serializer, direction, media_type, status_code, extras)  # type: ignore[no-untyped-call]
        shown = force_instance(serializer)  # type: ignore[no-untyped-call]
        value = example_of(shown, partial=self.method == "PATCH", asked=direction == "request")
        if direction == "response" and self._is_list_view(serializer):
            value = {"results": [value], "next": None, "previous": None}
        example = OpenApiExample("example", value=value)
        return {"Example": {"value": example.value}}


def without_traces(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """The document without the marks that spectacular leaves for a hook we do not use, and without defaults in bodies."""

    def clean(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: clean(value) for name, value in part.items() if name != "x-spec-enum-id"}
        return [clean(value) for value in part] if isinstance(part, list) else part

    cleaned: dict[str, Any] = clean(result)
    for name, schema in cleaned["components"]["schemas"].items():
        if name.endswith("Request"):
            for field in schema.get("properties", {}).values():
                _tell_default(field)
    return cleaned


def _tell_default(field: dict[str, Any]) -> None:
    """What holds for a field of a body that is left out, in words: generators of TypeScript demand a field that has a `default`."""
    if "default" in field:
        told = f"Left out, it is {json.dumps(field.pop('default'))}."
        field["description"] = f"{field['description']} {told}" if "description" in field else told


def _refusal(status: str, ref: dict[str, str]) -> dict[str, Any]:
    code, description = REFUSALS[status]
    value = {
        "type": f"https://tend.example/problems/{code}",
        "title": code.replace("-", " ").capitalize(),
        "status": int(status),
        "detail": description,
        "code": code,
        "request_id": "5f0c3a9be1d27c44",
    }
    return {"description": description, "content": {CONTENT_TYPE: {"schema": ref, "examples": {"Problem": {"value": value}}}}}


def example_of(field: Any, *, partial: bool = False, asked: bool = False) -> Any:
    """A plausible value of a field or serializer, the same in every run. A request's names what it must, a PATCH one field."""
    if isinstance(field, serializers.ListSerializer):
        return [example_of(field.child, asked=asked)]
    if isinstance(field, serializers.BaseSerializer):
        parts = {name: part for name, part in getattr(field, "fields", {}).items() if _is_told(name, part, asked=asked)}
        if asked and partial:
            parts = dict(list(parts.items())[:1])
        return {name: example_of(part, asked=asked) for name, part in parts.items()}
    if field.field_name in SAMPLES:
        return SAMPLES[field.field_name]
    return _plain(field)


def _is_told(name: str, field: Any, *, asked: bool) -> bool:
    return field.required or (not asked and not isinstance(field.parent, ProblemRow)) or name in SHOWN_THOUGH_OPTIONAL


def _plain(field: Any) -> Any:
    if isinstance(field, serializers.ChoiceField):
        return next(choice for choice in field.choices if choice != "")
    if isinstance(field, serializers.ListField):
        return [example_of(field.child)]
    kinds: tuple[tuple[Any, Any], ...] = (
        ((serializers.UUIDField, serializers.PrimaryKeyRelatedField), ID),
        (serializers.DateTimeField, "2026-03-02T09:30:00Z"),
        (serializers.DateField, "2026-03-02"),
        (serializers.BooleanField, False),
        (serializers.DecimalField, str(Decimal("250.00"))),
        (serializers.IntegerField, 90),
    )
    return next((value for kind, value in kinds if isinstance(field, kind)), "text")
