"""The API's document is what was committed, says how every operation is refused, and is read in a browser."""

import json

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer

from api.documents import COMMITTED
from api.urls import v1
from tests.api_cast import refused


@pytest.fixture(scope="module")
def document():
    return json.loads(COMMITTED.read_bytes())


def operations(document):
    return [(path, method, operation) for path, ways in document["paths"].items() for method, operation in ways.items()]


def test_the_committed_document_is_that_of_the_code(document):
    made = SchemaGenerator().get_schema(request=None, public=True)
    assert json.loads(OpenApiJsonRenderer().render(made, renderer_context={})) == document


def test_it_is_openapi_3_1(document):
    assert document["openapi"] == "3.1.1"


def test_no_operation_replaces_a_whole_object(document):
    assert {method for _, method, _ in operations(document)} == {"get", "post", "patch", "delete"}


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does(document):
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(names)) == len(names)
    assert all(operation["description"] for _, _, operation in operations(document))


def test_every_operation_shows_an_example_and_its_refusals(document):
    for path, method, operation in operations(document):
        answers = operation["responses"]
        assert {"400", "401", "403"} <= answers.keys(), path
        done = next(answers[status] for status in ("200", "201", "204", "202", "207") if status in answers)
        is_told = method == "delete" or path.endswith(("/content", "/csv", "/report", "/pdf"))  # nothing, or bytes
        assert is_told or done["content"]["application/json"]["examples"], path
        body = operation.get("requestBody", {}).get("content", {})
        assert all(kind["examples"] for kind in body.values()), path
    for refusal in document["components"]["responses"].values():
        assert set(refusal["content"]) == {"application/problem+json"}


def test_every_post_takes_an_idempotency_key(document):
    for path, method, operation in operations(document):
        taken = "Idempotency-Key" in {parameter["name"] for parameter in operation.get("parameters", [])}
        assert taken == (method == "post" or path.endswith("/bulk")), path


def test_every_list_is_walked_by_cursor(document):
    lists = [operation for _, _, operation in operations(document) if operation["operationId"].endswith("_list")]
    assert len(lists) == sum("list" in pattern.callback.actions.values() for pattern in v1)
    for operation in lists:
        assert {"cursor", "limit", "count", "ordering"} <= {parameter["name"] for parameter in operation["parameters"]}


def test_the_document_is_served_to_everybody(db, document):
    answer = Client().get("/api/openapi.json")
    assert (answer.status_code, json.loads(answer.content)) == (200, document)


def test_the_document_is_only_read(db):
    answer = Client(enforce_csrf_checks=True).post("/api/openapi.json")
    refused(answer, 405, "method-not-allowed")
    assert answer["Allow"] == "GET, HEAD"
    assert Client().head("/api/openapi.json").status_code == 200


def test_the_page_to_read_it_keeps_a_strict_policy_but_for_its_own_styles(db):
    page = Client().get("/api/docs")
    policy = page["Content-Security-Policy"]
    assert page.status_code == 200
    assert "script-src 'self'" in policy
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "unsafe" not in Client().get("/problems/not-found")["Content-Security-Policy"]
    assert Client().get("/api/docs", {"script": ""})["Content-Type"].startswith("application/javascript")


def test_every_answer_fits_the_document(ada, acorn, ines, rob, key, document):
    """The keys of what is really answered are those of the schema: rows and serializers cannot part."""
    from_components = document["components"]["schemas"]
    for path, name in (("clients", "Client"), ("engagements", "Engagement"), ("systems", "System"), ("periods", "Period")):
        answer = Client(headers={"Authorization": f"Bearer {key(ada)}"}).get(f"/api/v1/{path}").json()["results"]
        assert answer
        assert set(answer[0]) == set(from_components[name]["properties"])
