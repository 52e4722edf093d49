"""What every resource of the API has in common."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, ClassVar, cast
from uuid import UUID

import orjson
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.functional import cached_property
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers, status
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.actors import Actor
from accounts.database.compiled import Statements
from accounts.wall import rights_of
from api import problems
from api.asking import OBJECT_PARAMETERS, Asked, expanded
from api.expecting import expected
from api.exports import RENDERERS, all_rows, format_of
from api.filtering import LIST_PARAMETERS, StrictFilter, refuse_unknown
from api.idempotency import AlreadyAnswered, Once
from api.limits import Allowance
from api.rendering import OrjsonParser, to_json
from api.rows import Row, Shaped

CALLED = re.compile(r"[A-Za-z][A-Za-z0-9]{1,7}(-[1-9][0-9]{0,8})?", re.ASCII)
SPOKEN = {"Client": "code", "Ticket": "reference"}  # what people call a thing by, where that is never another's
ID = serializers.UUIDField()
SOME_ID = UUID(int=1)  # stands for the id in a statement that serves all things of a kind
references = Statements()


class VisibleTo(serializers.PrimaryKeyRelatedField):
    """A reference to something the actor sees: its id, or the name it is called by where it has one, such as ACM-42.

    Another client's thing is refused in the words for what never existed. What is seen follows from the actor alone, so how an id is
    looked up is compiled once for each.
    """

    default_error_messages = {
        "does_not_exist": gettext_lazy("There is no such thing that you may name."),
        "incorrect_type": gettext_lazy("Send its id."),
    }

    def __init__(self, model: type[Model], **kwargs: Any) -> None:
        super().__init__(queryset=model._base_manager.all(), pk_field=ID, **kwargs)
        self.model, self.told = model, kwargs

    def __deepcopy__(self, memo: dict[int, Any]) -> "VisibleTo":
        return VisibleTo(self.model, **self.told)

    def get_queryset(self) -> QuerySet[Any]:
        manager: Any = self.model._default_manager  # noqa: SLF001 (Django names it so)
        return cast("QuerySet[Any]", manager.visible_to(self.context["request"].user))

    def to_internal_value(self, data: Any) -> Any:
        spoken = SPOKEN.get(self.model.__name__)
        if spoken is None or not isinstance(data, str) or not CALLED.fullmatch(data):
            found = self._found(ID.to_internal_value(data))
        else:
            found = self.get_queryset().filter(**{spoken: data.upper()}).first()
        return self.fail("does_not_exist", pk_value=data) if found is None else found

    def _found(self, pk: UUID) -> Model | None:
        asked = (self.model, self.context["request"].user)
        seen = references.objects(asked, lambda: self.get_queryset().filter(pk=SOME_ID), {SOME_ID: pk})
        return seen[0] if seen else None


class StrictSerializer(serializers.Serializer):
    """What a body may say: a field that nobody reads is refused, so that a misspelled one is not lost in silence."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = [name for name in data if name not in self.fields]
            if unknown:
                allowed = ", ".join(self.fields)
                message = _("Nobody reads this field. There are: %(fields)s.") % {"fields": allowed}
                raise serializers.ValidationError({name: [message] for name in unknown}, code="unknown-field")
            self._refuse_as_words(data)
        try:
            return super().to_internal_value(data)
        except serializers.ValidationError as error:
            self._say_what_is_missing(error.detail)
            raise

    def _refuse_as_words(self, data: Mapping[str, Any]) -> None:
        """Numbers are no words, and words count as they are sent, as the schema says it: blanks around them, which nobody keeps, too."""
        told = {}
        for name, sent in data.items():
            field = self.fields[name]
            most = getattr(field, "max_length", None)
            if isinstance(field, serializers.CharField) and isinstance(sent, int | float):
                told[name] = [serializers.ErrorDetail(str(field.error_messages["invalid"]), "invalid")]
            elif most is not None and isinstance(sent, str) and len(sent) > most:
                told[name] = [serializers.ErrorDetail(field.error_messages["max_length"].format(max_length=most), "max_length")]
        if told:
            raise serializers.ValidationError(told)

    def _say_what_is_missing(self, told: Any) -> None:
        """Beside each field that was left out, what it takes."""
        for name, details in told.items():
            wanted = expected(self.fields[name]) if name in self.fields else ""
            if wanted and isinstance(details, list) and [getattr(each, "code", "") for each in details] == ["required"]:
                said = _("This field is required: %(wanted)s.") % {"wanted": wanted}
                told[name] = [serializers.ErrorDetail(said, code="required")]


class NothingSerializer(StrictSerializer):
    """An empty object, or no body."""


class ActorViewSet(GenericViewSet):
    """A resource as one actor sees it.

    Its transaction is its own rather than the request's, so that what the database refuses at COMMIT is still answered as a
    problem, and a kept answer under an Idempotency-Key is written together with its act.
    """

    resource: ClassVar[str] = ""
    resources: ClassVar[Mapping[str, str]] = {}  # actions that need the scope of another resource than the rest
    row_class: ClassVar[type[Row]]
    orderings: ClassVar[tuple[str, ...]] = ("-id", "id")
    is_compiled_once: ClassVar[bool] = False  # its queryset follows from the actor and the address alone, and is asked for all the time
    expandable: ClassVar[Mapping[str, "type[ActorViewSet]"]] = {}
    asked_actions: ClassVar[frozenset[str]] = frozenset({"list"})  # filters are read; the others know fixed parameters only
    matched_actions: ClassVar[frozenset[str]] = frozenset({"partial_update", "destroy"})  # need If-Match; others honour it
    bulk_actions: ClassVar[frozenset[str]] = frozenset({"change_many"})  # honour an Idempotency-Key though they are no POST
    byte_actions: ClassVar[frozenset[str]] = frozenset({"content", "csv", "pdf", "report"})  # answer with a file
    secret_actions: ClassVar[frozenset[str]] = frozenset()  # their answers are shown once and kept without their body
    filter_backends = [StrictFilter]
    http_method_names = ["get", "head", "post", "patch", "delete"]
    metadata_class = None
    once: Once | None = None
    allowance: Allowance | None = None

    @classmethod
    def as_view(cls, actions: Any = None, **initkwargs: Any) -> Any:
        return transaction.non_atomic_requests(super().as_view(actions, **initkwargs))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            with transaction.atomic():
                response = super().dispatch(request, *args, **kwargs)
                response = response.render() if isinstance(response, Response) else response
        except Exception as error:  # noqa: BLE001 (what breaks at COMMIT, or in giving the answer, is told as a problem too)
            response = problems.answer(problems.told(error, request), request)
        if self.allowance is not None:
            self.allowance.mark(response)
        return response

    @property
    def actor(self) -> Actor:
        return cast("Actor", self.request.user)

    def perform_authentication(self, request: Request) -> None:
        """Who asks is known from here on, so what they ask is counted from here on, whatever it is refused for."""
        super().perform_authentication(request)
        if isinstance(request.user, Actor):
            self.allowance = Allowance.take(request.user, str(request.method))
            if self.allowance.wait_seconds:
                raise problems.Refused(429, "too-many-requests", _("Too much at once. Retry-After says in how many seconds to go on."))

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method == "POST" or self.action in self.bulk_actions:
            self.once = Once.begin(request, self.actor)
        if self.action not in self.asked_actions:
            refuse_unknown(request, self.parameters)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The query parameters the action knows besides those of its filter."""
        shape = [name for name in OBJECT_PARAMETERS if name != "expand" or self.expandable]
        return {"list": (*LIST_PARAMETERS, *shape), "retrieve": tuple(shape)}.get(self.action, ())

    @cached_property
    def asked(self) -> Asked:
        """Which fields of its objects are wanted, and which names as whole objects. Raises BadParameters, PermissionDenied."""
        return Asked.read(self.request, self)

    def get_renderers(self) -> list[Any]:
        return [*super().get_renderers(), *(renderer() for renderer in RENDERERS if self.action == "list")]

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Bytes are of the type they are, whatever Accept wishes for; a refusal of them is a problem like every other."""
        if self.action in self.byte_actions:
            renderer = self.get_renderers()[0]
            return renderer, renderer.media_type
        return super().perform_content_negotiation(request, force)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, AlreadyAnswered):
            self.once = None
            if self.action in self.secret_actions:
                return self.handle_exception(problems.Refused(409, "secret-already-shown", _("It was made, and its secret shown once.")))
            headers = {"Idempotency-Replayed": "true"} | ({"Location": exc.kept.location} if exc.kept.location else {})
            body = bytes(exc.kept.body)
            return Response(orjson.Fragment(body) if body else None, status=exc.kept.status, headers=headers)
        if isinstance(exc, UnsupportedMediaType) and OrjsonParser not in self.parser_classes:
            exc = problems.Refused(exc.status_code, "unsupported-media-type", _("Send the body as multipart/form-data: it has files."))
        refused: Response = super().handle_exception(exc)
        return refused

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Response:
        answer: Response = super().finalize_response(request, response, *args, **kwargs)
        if answer.status_code >= status.HTTP_300_MULTIPLE_CHOICES:
            return answer
        if self.once is not None:
            self.once.keep(answer.render(), without_body=self.action in self.secret_actions)
        if self.action == "partial_update":
            answer["ETag"] = etag_of(answer.render().content)
        return self._or_unchanged(answer) if request.method in {"GET", "HEAD"} and isinstance(answer, Response) else answer

    def _or_unchanged(self, response: Response) -> Response:
        """304 for who already has it. The tag is of the bytes, so it costs no query and never lies; that of some fields, or of whole
        objects in place of names, begins with that of the object itself, which is what If-Match holds a change to.
        """
        tag = etag_of(response.render().content)
        if self.action == "retrieve" and not self.request.query_params.keys().isdisjoint(OBJECT_PARAMETERS):
            tag = f"{etag_of(to_json(self.row(self.kwargs['pk'])))[:-1]}.{tag[1:]}"
        response["ETag"] = tag
        unchanged = get_conditional_response(self.request, etag=tag, response=response)
        return cast("Response", unchanged)

    def get_row_class(self) -> type[Row]:
        """What the actor is shown; a resource that shows the firm more than a client overrides it."""
        return self.row_class

    def list(self, request: Request, **_kwargs: UUID) -> Any:
        wanted = format_of(request)
        if wanted:
            return all_rows(self, request, wanted)
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(expanded(self, rows))

    def retrieve(self, request: Request, pk: UUID, **_kwargs: UUID) -> Response:
        rows = self.asked.row_class.all_of(self.get_queryset().filter(pk=pk))
        if not rows:
            raise Http404
        return Response(expanded(self, rows)[0])

    def row(self, pk: UUID | int) -> Shaped:
        """The object of what the actor sees under this id. Raises Http404."""
        rows = self.get_row_class().all_of(self.get_queryset().filter(pk=pk))
        if not rows:
            raise Http404
        return rows[0]

    def thing(self, pk: UUID | int) -> Any:
        """What the actor sees under this id, to act upon; held until the transaction ends where it is changed by PATCH or DELETE,
        or by another action that needs If-Match.

        Raises Http404; Refused with 428 where If-Match is missed and 412 where it names another state of it.
        """
        found = self.get_queryset().filter(pk=pk).first()
        if found is not None and (self.request.method in {"PATCH", "DELETE"} or self.action in self.matched_actions):
            self._hold_to_match(found)
            found = self.get_queryset().filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    def _hold_to_match(self, found: Model) -> None:
        """What is changed is locked before its state is compared, so that of two who read the same state one is refused."""
        if not parse_etags(self.request.headers.get("If-Match", "")):  # Django takes a tag without its quotes for no condition at all
            if self.action in self.matched_actions or "If-Match" in self.request.headers:
                raise problems.Refused(428, "precondition-required", _("Send If-Match with the ETag you read, or * to change any state."))
            return
        held = self.held_tag(found)
        named = next((tag for tag in parse_etags(self.request.headers["If-Match"]) if state_of(tag) == held), held)
        if get_conditional_response(self.request, etag=named) is not None:
            raise problems.Refused(412, "changed-meanwhile", _("Somebody changed this since you read it. Read it again."))

    def held_tag(self, found: Model) -> str:
        """The tag of what was found as it is now, and stays until the transaction ends."""
        self.lock(found)
        return etag_of(to_json(self.row(found.pk)))

    def lock(self, found: Model) -> None:
        """Lock what is about to be changed, in the order in which the action will. Whoever may change nothing locks nothing."""
        rights = rights_of(type(found))
        if self.actor.is_staff or (rights is not None and "update" in rights.portal):
            type(found)._base_manager.select_for_update(no_key=True).filter(pk=found.pk).first()

    def body(self, serializer_class: type[serializers.Serializer], *, partial: bool = False) -> dict[str, Any]:
        """The request's body, valid. Raises ValidationError with a pointer to each field that is not."""
        return self.valid(self.request.data, serializer_class, partial=partial)

    def nothing(self) -> None:
        """What is acted on without a word says none. Raises ValidationError with a pointer to each field that would be lost."""
        self.body(NothingSerializer)

    def valid(self, data: Any, serializer_class: type[serializers.Serializer], *, partial: bool = False) -> dict[str, Any]:
        serializer = serializer_class(data=data, partial=partial, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def created(self, thing: Model, path: str, row_class: type[Row] | None = None) -> Response:
        """201 with the object and where it is found."""
        return self.created_row((row_class or self.get_row_class()).of(thing), thing, path)

    def created_row(self, row: Shaped, thing: Model, path: str) -> Response:
        """As `created`, for whoever has the object already."""
        headers = {"Location": self.request.build_absolute_uri(f"/api/v1/{path}")}
        if path.endswith(str(thing.pk)):
            headers["ETag"] = etag_of(to_json(row))
        return Response(row, status=status.HTTP_201_CREATED, headers=headers)


def etag_of(content: bytes) -> str:
    return f'"{sha256(content).hexdigest()[:32]}"'


def state_of(tag: str) -> str:
    """The tag of an object itself, of one that was given for it however much of it was asked for."""
    state, point, _shape = tag.partition(".")
    return f'{state}"' if point else tag
