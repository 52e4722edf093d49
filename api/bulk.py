"""Many acts in one request: each succeeds or is refused by itself, and all are answered together."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db import connection, transaction
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


def each(view: ActorViewSet, act: Callable[[Any], Shaped], *, status: int) -> Response:
    """Carry out `act` for every item of the body, in order, each within a savepoint of its own; 207 with one outcome an item."""
    items = view.body(ItemsSerializer)["items"]
    return Response({"results": [_outcome(view, act, item, index, status) for index, item in enumerate(items)]}, status=MULTI_STATUS)


def _outcome(view: ActorViewSet, act: Callable[[Any], Shaped], item: Any, index: int, status: int) -> Shaped:
    try:
        with transaction.atomic():
            done = act(item)
            connection.check_constraints()  # else a reference to another client's row would undo the others at COMMIT
    except Exception as error:  # noqa: BLE001 (whatever is wrong with one item is told beside it)
        problem = problems.told(error, view.request)
        pointed = tuple(
            {**place, "pointer": f"/items/{index}{place['pointer']}"} if "pointer" in place else place for place in problem.errors
        )
        return {"index": index, "status": problem.status, "problem": replace(problem, errors=pointed).body(view.request)}
    return {"index": index, "status": status, "object": done}
