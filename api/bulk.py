"""Many acts in one request: each succeeds or is refused by itself, and all are answered together."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.response import Response

from api import problems
from api.base import ActorViewSet, StrictSerializer
from api.rows import Row, Shaped
from api.schema import ProblemRow

MOST_ITEMS = 200
MULTI_STATUS = 207


class ItemsSerializer(StrictSerializer):
    """The frame of a bulk request; each item is looked at when its turn comes."""

    items = serializers.ListField(child=serializers.JSONField(), min_length=1, max_length=MOST_ITEMS)


class OutcomeRow(Row):
    """What came of one item: `object` where it was done, `problem` where it was refused."""

    index = serializers.IntegerField(help_text="Its place among the items, from 0.")
    status = serializers.IntegerField(help_text="What it alone would have been answered with.")
    problem = ProblemRow(required=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts[Body]:
    """How a bulk is carried out: every item is read, all that they will change is locked in one order, then each is acted on."""

    read: Callable[[Any], Body]
    lock: Callable[[list[Body]], None]
    act: Callable[[Body], Shaped]


def each[Body](view: ActorViewSet, acts: Acts[Body], *, status: int) -> Response:
    """Carry out every item of the body, in order, each within a savepoint of its own; 207 with one outcome an item."""
    items = view.body(ItemsSerializer)["items"]
    read = [_tried(view, partial(acts.read, item), index) for index, item in enumerate(items)]
    acts.lock([body for body, refused in read if refused is None and body is not None])
    done = [
        (None, refused) if refused is not None or body is None else _tried(view, partial(acts.act, body), index)
        for index, (body, refused) in enumerate(read)
    ]
    outcomes = [refused or {"index": index, "status": status, "object": shown} for index, (shown, refused) in enumerate(done)]
    return Response({"results": outcomes}, status=MULTI_STATUS)


def in_order(rows: QuerySet[Any]) -> None:
    """Lock rows by id, as every bulk does: whoever asks for the same ones in another order waits, and neither holds up the other."""
    list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _tried[Done](view: ActorViewSet, do: Callable[[], Done], index: int) -> tuple[Done | None, Shaped | None]:
    """What came of one step of one item, or why it was refused; then nothing of it was done."""
    try:
        with transaction.atomic():
            done = do()
            connection.check_constraints()  # else a reference to another client's row would undo the others at COMMIT
    except Exception as error:  # noqa: BLE001 (whatever is wrong with one item is told beside it)
        problem = problems.told(error, view.request)
        pointed = tuple(
            {**place, "pointer": f"/items/{index}{place['pointer']}"} if "pointer" in place else place for place in problem.errors
        )
        return None, {"index": index, "status": problem.status, "problem": replace(problem, errors=pointed).body(view.request)}
    return done, None
