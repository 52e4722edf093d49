"""What somebody did last to their time, kept in their session so that a click within ten minutes takes it back."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone

from billing.actions import TAKEN_BACK_WITHIN, Trace

KEY = "undo"


def remember(request: HttpRequest, words: str, traces: Sequence[Trace]) -> None:
    """Say what was done, and keep how to take it back in place of what was done before."""
    messages.success(request, words)
    request.session[KEY] = {"words": words, "at": timezone.now().isoformat(), "traces": [asdict(trace) for trace in traces]}


def last_deed(request: HttpRequest) -> dict[str, Any] | None:
    """The words of what can still be taken back, and its moment; None when there is nothing or ten minutes are over."""
    found = request.session.get(KEY)
    if found is None:
        return None
    at = dt.datetime.fromisoformat(found["at"])
    return {"words": found["words"], "at": at} if timezone.now() - at <= TAKEN_BACK_WITHIN else None


def forget(request: HttpRequest) -> tuple[list[Trace], dt.datetime] | None:
    """Take the kept deed out of the session: it is undone once."""
    found = request.session.pop(KEY, None)
    return ([Trace(**trace) for trace in found["traces"]], dt.datetime.fromisoformat(found["at"])) if found else None
