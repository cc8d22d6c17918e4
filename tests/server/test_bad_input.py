"""Whatever is sent, the answer is a problem of the 4xx kind that says what was wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from ragqa import Index, errors
from ragqa.server import ServerSettings, create_app

from .conftest import PALACE, Client

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("route", "body", "status", "said"),
    [
        ("/ask", b"", 422, "the body: Field required"),
        ("/ask", b"{", 400, "not JSON"),
        ("/ask", b"\xff", 400, "can't decode"),
        ("/ask", b'{"question": "\xff"}', 400, "can't decode"),
        ("/ask", b"[" * 200_000, 400, "recursion"),
        ("/ask", b'{"question": "a", "top_k": ' + b"9" * 5_000 + b"}", 400, "4300 digits"),
        ("/ask", b'{"question": "a", "top_k": ' + b"9" * 4_000 + b"}", 422, "top_k: more than the limit of 50"),
        ("/ask", b'{"question": "a", "top_k": -' + b"9" * 4_000 + b"}", 422, "not a positive integer"),
        ("/ask", b'{"question": "a", "top_k": 51}', 422, "top_k: more than the limit of 50"),
        ("/ask", b'{"question": "a", "top_k": 0}', 422, "top_k: 0 is not a positive integer"),
        ("/ask", b'{"question": "a", "top_k": 1e400}', 422, "top_k: "),
        ("/ask", b'{"question": "a", "top_k": "1"}', 422, "top_k: Input should be a valid integer"),
        ("/ask", b'{"question": "a", "top_k": true}', 422, "top_k: Input should be a valid integer"),
        ("/ask", b'{"question": "a", "min_confidence": NaN}', 422, "min_confidence: nan is not"),
        ("/ask", b'{"question": "a", "min_confidence": 1.5}', 422, "min_confidence: 1.5 is not"),
        ("/ask", b'{"question": "a", "min_confidence": ' + b"9" * 4_000 + b"}", 422, "min_confidence: "),
        ("/ask", b'{"question": "a", "topk": 1}', 422, "topk: Extra inputs are not permitted"),
        ("/ask", b'{"question": "a", "\\ud800": 1}', 422, ""),
        ("/ask", b'{"question": "\\ud800"}', 422, "lone surrogate"),
        ("/ask", b'{"question": " \\n"}', 422, "the question is empty"),
        ("/ask", b'{"question": null}', 422, "question: Input should be a valid string"),
        ("/ask", b'{"question": "' + b"x" * 2_001 + b'"}', 422, "2,001 characters, the limit is 2,000"),
        ("/ask", b'["question"]', 422, "the body: Input should be"),
        ("/ask", b"null", 422, "the body: "),
        ("/ask/batch", b'{"questions": "Who?"}', 422, "questions: Input should be a valid list"),
        ("/ask/batch", b'{"questions": ["a", ""]}', 422, "the question is empty"),
        ("/ask/batch", b'{"questions": ["a", 1]}', 422, "questions/1: "),
        ("/ask/batch", b'{"questions": [' + b"1," * 500 + b"1]}", 422, "and 481 more"),
        ("/ask/batch", b'{"questions": [' + b'"a",' * 32 + b'"a"]}', 422, "33 are more than the limit of 32"),
        ("/ask/batch", b'{"questions": [' + b'"a",' * 2_000 + b'"a"]}', 422, "at most 1000 items"),
        ("/retrieve", b'{"question": "a", "k": 51}', 422, "k: more than the limit of 50"),
        ("/retrieve", b'{"question": "a", "k": 0}', 422, "k: 0 is not a positive integer"),
        ("/nowhere", b"{}", 404, "Not Found: POST /nowhere"),
        ("/health", b"{}", 405, "Method Not Allowed: POST /health"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_is_a_problem(client: Client, route: str, body: bytes, status: int, said: str) -> None:
    response = client().post(route, content=body, headers=JSON)
    told = response.json()
    assert (response.status_code, told["status"]) == (status, status)
    assert response.headers["content-type"] == "application/problem+json"
    assert said in told["detail"]
    assert told["instance"] == route
    assert {"type", "title"} <= set(told)
    assert len(response.content) < 20_000


def test_mistakes_are_pointed_at(client: Client) -> None:
    sent = {"questions": ["a", 1], "top_k": None, "a/b~c": 0}
    errors = client().post("/ask/batch", json=sent).json()["errors"]
    assert {error["pointer"] for error in errors} == {"#/questions/1", "#/top_k", "#/a~1b~0c"}
    assert "errors" not in client().get("/documents/nobody").json()


def test_nul_and_control_characters_are_characters(client: Client) -> None:
    response = client().post("/ask", json={"question": "Who\0 is\x01 \x85king? 😀"})
    assert response.status_code == 200
    assert response.json()["question"] == "Who\0 is\x01 \x85king? 😀"


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_only_json_is_taken(client: Client, kind: str | None) -> None:
    headers = {} if kind is None else {"content-type": kind}
    response = client().post("/ask", content=b'{"question": "Who?"}', headers=headers)
    assert (response.status_code, response.json()["type"]) == (415, "urn:ragqa:error:ContentTypeError")
    fine = client().post(
        "/ask", content=b'{"question": "Who?"}', headers={"content-type": "Application/JSON;charset=utf-8"}
    )
    assert fine.status_code == 200


def test_every_error_of_the_library_has_a_status_and_keeps_its_secrets(client: Client, caplog: Any) -> None:
    class Broken:
        info: dict[str, str] = {}  # noqa: RUF012
        error: Exception

        def ask(self, *_: object, **__: object) -> None:
            raise self.error

    index = Broken()
    seen = {}
    for name, kind in vars(errors).items():
        if isinstance(kind, type) and issubclass(kind, errors.RagqaError):
            index.error = kind("/secret", "x") if kind is errors.UnreadableDocumentError else kind("/secret")
            response = client(index).post("/ask", json={"question": "Who?"})
            seen[name] = response.status_code
            assert response.json()["type"] == f"urn:ragqa:error:{name}"
            assert ("/secret" in response.text) == (response.status_code != 500)
    mended = {
        "InvalidQuestionError": 422,
        "InvalidArgumentError": 422,
        "UnknownDocumentError": 404,
        "IndexClosedError": 503,
    }
    assert seen == dict.fromkeys(seen, 500) | mended
    assert "DamagedIndexError: /secret" in caplog.text
    index.error = MemoryError("/secret")
    response = client(index).post("/ask", json={"question": "Who?"})
    assert (response.status_code, response.json()["type"]) == (500, "about:blank")
    assert "/secret" not in response.text


@pytest.fixture(scope="module")
def open_client(palace: Index) -> TestClient:
    app = create_app(palace, ServerSettings(api_key=None))
    return TestClient(app, base_url="http://localhost", raise_server_exceptions=False)


@given(
    route=st.sampled_from(["/ask", "/ask/batch", "/retrieve", "/v1/chat/completions"]),
    body=st.binary(max_size=200)
    | st.text(max_size=80).map(lambda text: f'{{"question": {text}}}'.encode("utf-8", "replace")),
)
def test_no_bytes_are_a_failure(open_client: TestClient, route: str, body: bytes) -> None:
    response = open_client.post(route, content=body, headers=JSON)
    assert 400 <= response.status_code < 500
    assert response.json()


@given(path=st.text(max_size=40))
def test_no_path_is_a_failure(open_client: TestClient, path: str) -> None:
    response = open_client.get("/documents/" + quote(path, safe="", errors="replace"))
    assert response.status_code == 404


@pytest.fixture(scope="module")
def described(build: Callable[..., Index]) -> Any:
    app = create_app(build(PALACE), ServerSettings(api_key=None, allowed_hosts=("*",)))
    return schemathesis.openapi.from_asgi("/openapi.json", app)


def test_keeps_the_promises_of_its_schema(described: Any) -> None:
    """Good requests succeed, bad ones are refused, and every response is as described."""
    good, bad = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
    asked = set()
    for found in described.get_all_operations():
        operation = found.ok()
        asked.add(operation.label)
        for mode in (good, bad) if operation.method == "post" else (good,):  # a path is any text: none is bad
            keeps_them(operation, mode)
    assert {"POST /ask", "POST /ask/batch", "POST /retrieve", "POST /v1/chat/completions"} <= asked
    assert len(asked) == 10


def keeps_them(operation: Any, mode: schemathesis.GenerationMode) -> None:
    # a schema can't say that one of the messages must be the user's, with text
    loose = [schemathesis.checks.positive_data_acceptance] if operation.path.startswith("/v1/") else []

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=30, suppress_health_check=list(HealthCheck))
    def checked(case: schemathesis.Case) -> None:
        case.call_and_validate(excluded_checks=loose)

    checked()
