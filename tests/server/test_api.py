"""What the routes answer: exactly what the library does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from ragqa import Answer, Document, Index

from .conftest import PALACE, RUMOURS, Client

KING = "Who is the king of France?"
ROOMS = "How many rooms does the palace have?"
Facts = Callable[[Answer], dict[str, Any]]


def test_ask_gives_the_answer_as_the_library_writes_it(client: Client, palace: Index, facts: Facts) -> None:
    for body in ({"question": KING}, {"question": ROOMS, "top_k": 1, "min_confidence": 0}):
        response = client().post("/ask", json=body)
        answer = Answer.model_validate_json(response.content)
        assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
        assert response.text == answer.model_dump_json()
        assert facts(answer) == facts(palace.ask(**body))  # type: ignore[arg-type]


def test_a_history_is_carried_over(client: Client, palace: Index, facts: Facts) -> None:
    history = [{"question": KING, "answer": "Bob"}]
    for turns in (history, [*[{"question": "?"}] * 20, *history]):
        answer = client().post("/ask", json={"question": "How old is he?", "history": turns}).json()
        assert (answer["question"], answer["asked"]) == ("How old is he?", "How old is Bob?")
        assert facts(Answer.model_validate(answer)) == facts(palace.ask("How old is he?", history=history))
    wrong = client().post("/ask", json={"question": "Who?", "history": [{"answer": "Bob"}]})
    assert wrong.status_code == 422
    assert wrong.headers["content-type"] == "application/problem+json"


def test_a_batch_is_the_same_as_one_by_one(client: Client, palace: Index, facts: Facts) -> None:
    response = client().post("/ask/batch", json={"questions": [KING, ROOMS, KING], "min_confidence": 1})
    answers = [Answer.model_validate(answer) for answer in response.json()["answers"]]
    assert [facts(a) for a in answers] == [facts(palace.ask(q, min_confidence=1)) for q in (KING, ROOMS, KING)]
    assert client().post("/ask/batch", json={"questions": []}).json() == {"answers": []}


def test_retrieve_gives_passages_best_first(client: Client, palace: Index) -> None:
    found = client().post("/retrieve", json={"question": KING, "k": 2}).json()
    assert found == {"passages": [hit.model_dump(mode="json") for hit in palace.retrieve(KING, 2)]}


class TestDocuments:
    def test_are_those_of_the_index(self, client: Client) -> None:
        for document in (PALACE, RUMOURS):
            response = client().get(f"/documents/{quote(document.id)}")
            assert Document.model_validate_json(response.content) == document

    def test_citations_hold_over_http(self, client: Client) -> None:
        answer = client().post("/ask", json={"question": ROOMS, "min_confidence": 0}).json()
        assert len(answer["claims"]) >= 2
        for claim in answer["claims"]:
            for c in claim["citations"]:
                text = client().get(f"/documents/{quote(c['document_id'])}").json()["text"]
                assert text[c["start"] : c["end"]] == c["quote"]

    @pytest.mark.parametrize(
        "path",
        [
            "",
            "nobody.txt",
            "rumours",
            "%00",
            "%ff",
            "../pyproject.toml",
            "%2e%2e%2fpyproject.toml",
            "..%5c..%5cpyproject.toml",
            "/etc/passwd",
            "%2fetc%2fpasswd",
            "file:%2f%2f%2fetc%2fpasswd",
            str(Path(__file__).resolve()),
            "rumours.txt%00.png",
            "x" * 5_000,
        ],
    )
    def test_nothing_else_can_be_read(self, client: Client, path: str) -> None:
        response = client().get(f"/documents/{path}")
        assert response.status_code == 404
        assert response.json()["status"] == 404


def test_state(client: Client, build: Callable[..., Index]) -> None:
    index = build(PALACE)
    served = client(index)
    assert served.get("/health").json() == {"status": "ok"}
    assert served.get("/ready").json()["documents"] == 1
    index.close()
    assert served.get("/health").status_code == 200
    closed = served.get("/ready")
    assert (closed.status_code, closed.json()["type"]) == (503, "urn:ragqa:error:IndexClosedError")
    assert served.post("/ask", json={"question": KING}).status_code == 503


def test_metrics_count_by_route_and_not_by_path(client: Client) -> None:
    served = client()
    served.post("/ask", json={"question": KING, "min_confidence": 1})
    served.post("/ask", json={"question": KING, "min_confidence": 0})
    for path in ("one", "two"):
        served.get(f"/documents/{path}")
        served.get(f"/{path}")
        served.request(path.upper(), "/ask")
    response = served.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    lines = set(response.text.splitlines())
    assert 'ragqa_requests_total{method="POST",route="/ask",status="200"} 2.0' in lines
    assert 'ragqa_requests_total{method="GET",route="/documents/{document_id:path}",status="404"} 2.0' in lines
    assert 'ragqa_requests_total{method="GET",route="other",status="404"} 2.0' in lines
    assert 'ragqa_requests_total{method="other",route="/ask",status="405"} 2.0' in lines
    assert 'ragqa_answers_total{outcome="abstained"} 1.0' in lines
    assert "ragqa_pending 0.0" in lines
    assert not any("one" in line or "TWO" in line for line in lines)
    assert "ragqa_requests_total{" not in client().get("/metrics").text  # each application counts its own


class TestReference:
    def test_the_schema_states_the_limits(self, client: Client) -> None:
        schemas = client(max_passages=7, max_batch=3, max_question_length=90).get("/openapi.json").json()
        schemas = schemas["components"]["schemas"]
        assert schemas["AskRequest"]["properties"]["top_k"]["maximum"] == 7
        assert schemas["BatchRequest"]["properties"]["questions"]["maxItems"] == 3
        assert schemas["BatchRequest"]["properties"]["questions"]["items"]["maxLength"] == 90
        assert schemas["RetrieveRequest"]["properties"]["question"]["maxLength"] == 90

    def test_every_reference_leads_somewhere(self, client: Client) -> None:
        description = client().get("/openapi.json").text
        names = set(json.loads(description)["components"]["schemas"])
        referred = {part.partition('"')[0] for part in description.split('"#/components/schemas/')[1:]}
        assert referred <= names
        assert {"Answer", "Problem", "OpenAIError"} <= referred

    def test_the_page_needs_nothing_from_elsewhere(self, client: Client) -> None:
        page = client().get("/docs")
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "POST /ask/batch" in page.text
        assert "http" not in page.text.replace("<h1>", "").partition("<main>")[0]
        assert "<script" not in page.text
        assert client().get("/static/reference.css").status_code == 200


def test_the_page_at_the_root(client: Client) -> None:
    page = client().get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert client().get("/static/page.py").status_code == 404
    assert client().get("/static/..%2fpage.py").status_code == 404
