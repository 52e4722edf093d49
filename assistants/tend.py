"""The API as a tool speaks it: what is read, what is written once, and every refusal as a sentence that says what to do."""

import datetime as dt
import json
import time
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp.server.mcpserver.exceptions import ToolError

Thing = dict[str, Any]

ON_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}
TRIES = 3
LONGEST_WAIT_SECONDS = 10
A_PAGE = 200
MOST_PAGES = 10
TRY_AGAIN = {409, 429, 503}
WHAT_TO_DO = {
    "key-not-valid": "Make a new key under Settings, Keys, and give it to this server as TEND_KEY.",
    "not-authenticated": "Give this server a key as TEND_KEY; Settings, Keys makes one.",
    "scope-missing": "Make a key that has it under Settings, Keys, and give it to this server as TEND_KEY.",
    "not-found": "Look for it with find_tickets or find_clients: they list all that this key may see.",
    "too-many-requests": "Wait a minute, then go on.",
}


class Refused(ToolError):
    """What Tend refused, or why it could not be asked: a sentence for the assistant and whoever it helps."""

    def __init__(self, sentence: str, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code


class Written(NamedTuple):
    """What a write made, and whether an equal one had made it before."""

    thing: Thing
    was_there: bool


class Tend:
    """One Tend, asked with one key. Every request may be sent again: a read changes nothing, a write carries an Idempotency-Key."""

    def __init__(self, address: str, key: str) -> None:
        """Raises Refused for an address to which no key should be sent, and for what cannot be a key."""
        self.address = _sound(address.strip())
        key = key.strip()
        if not (key.isascii() and key.isprintable()):
            raise Refused("TEND_KEY holds characters that no key has. Copy it anew; Settings, Keys makes one.")
        headers = {"Authorization": f"Bearer {key}", "Accept": "application/json", "User-Agent": "tend-assistants"}
        # What goes to this machine goes to no proxy of the environment: over plain http it would read the key.
        self.http = httpx2.Client(
            base_url=f"{self.address}/api/v1/", headers=headers, timeout=30, trust_env=self.address.startswith("https")
        )

    def get(self, path: str, **query: Any) -> Thing:
        """One object, or one page. What is None is not asked. Raises Refused."""
        asked = {name: _text(value) for name, value in query.items() if value not in (None, [], "")}
        found: Thing = self._answer("GET", path, params=asked)[0].json()
        return found

    def every(self, path: str, **query: Any) -> Iterator[Thing]:
        """Each row of a list, page by page. Raises Refused, also where there are more than 2,000: half of a list is told as none."""
        cursor = None
        for _page in range(MOST_PAGES):
            page = self.get(path, **query, limit=A_PAGE, cursor=cursor)
            yield from page["results"]
            cursor = cursor_of(page)
            if cursor is None:
                return
        raise Refused(f"There are more than {A_PAGE * MOST_PAGES:,} {path}; ask for fewer.")

    def post(self, path: str, body: Mapping[str, Any], *, repeat: int = 1) -> Written:
        """Write something once, however often the same is asked within 24 hours; a higher `repeat` is another one. Raises Refused."""
        said = json.dumps([path, body, repeat], sort_keys=True).encode()
        key = f"assistant-{sha256(said).hexdigest()}"
        answer, tries = self._answer("POST", path, json=body, headers={"Idempotency-Key": key})
        return Written(answer.json(), was_there=tries == 1 and answer.headers.get("Idempotency-Replayed") == "true")

    def _answer(self, method: str, path: str, **sent: Any) -> tuple[httpx2.Response, int]:
        """The answer and how many tries it took. Raises Refused."""
        tries = 0
        while True:
            tries += 1
            try:
                answer = self.http.request(method, path, **sent)
            except httpx2.TransportError as error:
                if tries < TRIES:
                    continue
                raise Refused(f"Tend does not answer at {self.address}. Is it running, and is TEND_URL right?") from error
            wait_seconds = _wait(answer)
            if answer.is_success and answer.headers.get("Content-Type", "").startswith("application/json"):
                return answer, tries
            if wait_seconds is None or tries == TRIES:
                raise refusal(answer)
            time.sleep(wait_seconds)


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def cursor_of(page: Thing) -> str | None:
    """Where the next page begins; None after the last one."""
    return parse_qs(urlsplit(page["next"]).query)["cursor"][0] if page["next"] else None


def _sound(address: str) -> str:
    parts = urlsplit(address.rstrip("/").removesuffix("/api/v1"))
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None or parts.query or parts.fragment:
        raise Refused("TEND_URL is the address of Tend, like https://desk.example.")
    if parts.scheme == "http" and parts.hostname not in ON_THIS_MACHINE:
        raise Refused(f"The key would travel to {parts.hostname} for everybody to read. Write TEND_URL with https.")
    return parts.geturl()


def _wait(answer: httpx2.Response) -> int | None:
    """After how many seconds the same may be asked again; None where that would not help, or not soon."""
    if answer.status_code not in TRY_AGAIN or (answer.status_code == 409 and _problem(answer).get("code") != "request-in-flight"):
        return None
    asked = answer.headers.get("Retry-After", "1")
    seconds = int(asked[:6]) if asked.isdecimal() else 1
    return seconds if seconds <= LONGEST_WAIT_SECONDS else None


def refusal(answer: httpx2.Response) -> Refused:
    """A refusal in words: the problem's sentence, each place that is wrong, and what to do about it."""
    problem = _problem(answer)
    if not problem:
        return Refused(f"What answers at {answer.url.host} with {answer.status_code} is not Tend's API. Is TEND_URL right?")
    code = str(problem["code"])
    lines = [str(problem["detail"]), *(_place(error) for error in problem.get("errors", [])), WHAT_TO_DO.get(code, "")]
    if answer.status_code >= 500:
        lines.append(f"request_id: {problem.get('request_id', '')}")
    return Refused("\n".join(line for line in lines if line), code)


def _place(error: Thing) -> str:
    where = error.get("parameter") or str(error.get("pointer", "")).strip("/") or "body"
    allowed = error.get("allowed")
    return f"- {where}: {error['detail']}" + (f" There are: {', '.join(map(str, allowed))}." if allowed else "")


def _problem(answer: httpx2.Response) -> Thing:
    if not answer.headers.get("Content-Type", "").startswith("application/problem+json"):
        return {}
    try:
        problem = answer.json()
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) and {"code", "detail"} <= problem.keys() else {}
