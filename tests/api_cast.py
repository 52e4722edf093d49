"""A program with a key, and what it reads."""

import json
from typing import Any

from django.test import Client


class Program:
    """Speaks JSON to /api/v1/ with one key."""

    def __init__(self, secret: str, **headers: str) -> None:
        self.http = Client(headers={"Authorization": f"Bearer {secret}", **headers})

    def get(self, path: str, **query: Any) -> Any:
        return self.http.get(url(path), query)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.http.post(url(path), json.dumps(body or {}), content_type="application/json", headers=dashed(headers))

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        """Over whatever state there is, unless If_Match names one."""
        headers = {"If_Match": "*"} | headers
        return self.http.patch(url(path), json.dumps(body), content_type="application/json", headers=dashed(headers))

    def delete(self, path: str, **headers: str) -> Any:
        """Whatever state there is, unless If_Match names one."""
        return self.http.delete(url(path), headers=dashed({"If_Match": "*"} | headers))


class Seated(Program):
    """Somebody who asks the API from a browser they are signed in with."""

    def __init__(self, browser: Client) -> None:
        self.http = browser


def url(path: str) -> str:
    return path if path.startswith(("/", "http")) else f"/api/v1/{path}"


def dashed(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def results(response: Any) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.content
    found: list[dict[str, Any]] = response.json()["results"]
    return found


def refused(response: Any, status: int, code: str) -> dict[str, Any]:
    """The problem of a refusal, after looking at what every problem has."""
    assert response["Content-Type"] == "application/problem+json", response.content
    body: dict[str, Any] = response.json()
    assert (response.status_code, body["status"], body["code"]) == (status, status, code), body
    assert body["type"].endswith(f"/problems/{code}")
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == response["X-Request-Id"]
    return body
