"""Who is let in, and with how much."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from ragqa import Index
from ragqa.errors import InvalidArgumentError
from ragqa.server import ServerSettings, create_app
from ragqa.server.settings import settings_of

from .conftest import Client

ASK = {"question": "Who is the king of France?"}
JSON = {"content-type": "application/json"}


class TestKey:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Authorization": "Bearer k1-secret"},
            {"authorization": "bearer  k1-secret"},
            {"X-API-Key": "k1-secret"},
        ],
    )
    def test_is_accepted_in_either_header(self, client: Client, headers: dict[str, str]) -> None:
        assert client(api_key="k1-secret").post("/ask", json=ASK, headers=headers).status_code == 200

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Authorization": "Bearer"},
            {"Authorization": "Bearer k1-secre"},
            {"Authorization": "Bearer k1-secrets"},
            {"Authorization": "Basic k1-secret"},
            {"Authorization": "k1-secret"},
            {"X-API-Key": "K1-SECRET"},
            {"X-API-Key": b"\xff\xc3\xa9"},
        ],
        ids=str,
    )
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("POST", "/ask"),
            ("POST", "/ask/batch"),
            ("POST", "/retrieve"),
            ("GET", "/documents/rumours.txt"),
            ("GET", "/metrics"),
            ("GET", "/static"),
            ("GET", "/nowhere"),
            ("POST", "/v1/chat/completions"),
            ("GET", "/v1/models"),
        ],
    )
    def test_nothing_is_had_without_it(self, client: Client, method: str, path: str, headers: Any) -> None:
        response = client(api_key="k1-secret").request(method, path, headers=headers)
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"
        told = response.json()
        if path.startswith("/v1/"):
            assert told["error"]["type"] == "authentication_error"
        else:
            assert told["type"] == "urn:ragqa:error:UnauthorizedError"
        assert "k1-secret" not in response.text

    def test_what_says_nothing_of_the_documents_is_open(self, client: Client) -> None:
        locked = client(api_key="k1-secret")
        for path in ("/", "/static/app.js", "/health", "/ready", "/docs", "/openapi.json"):
            assert locked.get(path).status_code == 200

    def test_the_schema_says_how_it_is_sent(self, client: Client) -> None:
        described = client(api_key="k1-secret").get("/openapi.json").json()
        assert set(described["components"]["securitySchemes"]) == {"HTTPBearer", "APIKeyHeader"}
        assert described["paths"]["/v1/chat/completions"]["post"]["security"]
        assert "security" not in described["paths"]["/health"]["get"]
        assert "securitySchemes" not in client().get("/openapi.json").json()["components"]

    def test_comes_from_the_environment(self, client: Client, palace: Index, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RAGQA_API_KEY", "from-outside")
        assert client().post("/ask", json=ASK).status_code == 401
        assert client().post("/ask", json=ASK, headers={"X-API-Key": "from-outside"}).status_code == 200
        assert client(api_key=None).post("/ask", json=ASK).status_code == 200
        assert "from-outside" not in repr(ServerSettings())
        for unusable in ("", " ", "two words", "line\n", "schlüssel"):
            monkeypatch.setenv("RAGQA_API_KEY", unusable)
            with pytest.raises(InvalidArgumentError, match=r"api_key: .*visible ASCII"):
                create_app(palace)


def test_settings_out_of_range_are_named() -> None:
    for name, value in {
        "max_batch": 0,
        "time_limit": 0,
        "queue_size": -1,
        "max_question_length": 2_001,
        "port": 1,
    }.items():
        with pytest.raises(InvalidArgumentError, match=f"^{name}: "):
            settings_of(**{name: value})


class TestHost:
    @pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:8000"])
    def test_own_names_are_answered(self, client: Client, host: str) -> None:
        assert client().get("/ready", headers={"host": host}).status_code == 200

    @pytest.mark.parametrize(
        "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8000", "", "[::1"]
    )
    def test_other_names_are_not(self, client: Client, host: str) -> None:
        for method, path in (("GET", "/"), ("POST", "/ask"), ("GET", "/ready")):
            response = client().request(method, path, headers={"host": host})
            assert (response.status_code, response.json()["title"]) == (421, "Misdirected host")

    def test_names_can_be_allowed(self, client: Client) -> None:
        named = client(allowed_hosts=["docs.example"])
        assert named.get("/ready", headers={"host": "docs.example:443"}).status_code == 200
        assert named.get("/ready", headers={"host": "localhost"}).status_code == 421
        assert client(allowed_hosts=["*"]).get("/ready", headers={"host": "any.example"}).status_code == 200


class TestCors:
    ORIGIN = "https://shop.example"

    def test_is_off_unless_set(self, client: Client) -> None:
        asked = {"origin": self.ORIGIN, "access-control-request-method": "POST"}
        assert not [h for h in client().options("/ask", headers=asked).headers if h.startswith("access-control")]
        answered = client().post("/ask", json=ASK, headers={"origin": self.ORIGIN})
        assert not [h for h in answered.headers if h.startswith("access-control")]

    def test_lets_the_origins_in_that_are_set(self, client: Client) -> None:
        shop = client(cors_origins=[self.ORIGIN], api_key="k")
        asked = {"access-control-request-method": "POST", "access-control-request-headers": "x-api-key,content-type"}
        preflight = shop.options("/ask", headers={"origin": self.ORIGIN, **asked})
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == self.ORIGIN
        refused = shop.post("/ask", json=ASK, headers={"origin": self.ORIGIN})
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, self.ORIGIN)
        assert (
            "access-control-allow-origin" not in shop.get("/ready", headers={"origin": "https://evil.example"}).headers
        )


class TestBody:
    def test_within_the_limit(self, client: Client) -> None:
        body = b'{"question": "Who?"}'
        assert client(max_body_bytes=len(body)).post("/ask", content=body, headers=JSON).status_code == 200

    def test_too_large_as_declared(self, client: Client) -> None:
        response = client(max_body_bytes=100).post("/ask", content=b" " * 101, headers=JSON)
        assert (response.status_code, response.json()["detail"]) == (
            413,
            "the body is longer than 100 bytes; send less",
        )
        huge = client().post("/ask", content=b"", headers={**JSON, "content-length": "9" * 5_000})
        assert huge.status_code == 413

    def test_too_large_in_chunks_of_no_declared_length(self, client: Client) -> None:
        sent = 0

        def chunks() -> Iterator[bytes]:
            nonlocal sent
            for _ in range(1_000):
                sent += 1
                yield b" " * 60

        response = client(max_body_bytes=100).post("/v1/chat/completions", content=chunks(), headers=JSON)
        assert (response.status_code, response.json()["error"]["code"]) == (413, "BodyTooLargeError")

    def test_reading_stops_at_the_limit_and_at_the_time_limit(self, palace: Index) -> None:
        app = create_app(palace, ServerSettings(max_body_bytes=100, time_limit=0.05))
        headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
        scope = {"type": "http", "method": "POST", "path": "/ask", "query_string": b"", "headers": headers}

        async def answer(*bodies: bytes) -> tuple[int, int]:
            """(status, pieces of the body that were read); after these pieces nothing comes."""
            statuses: list[int] = []
            pieces = list(bodies)

            async def receive() -> dict[str, Any]:
                if not pieces:
                    await asyncio.sleep(60)
                return {"type": "http.request", "body": pieces.pop(0), "more_body": True}

            async def send(message: Any) -> None:
                statuses.extend([message["status"]] if "status" in message else [])

            await app(dict(scope), receive, send)
            return statuses[0], len(bodies) - len(pieces)

        assert asyncio.run(answer(*[b" " * 40] * 9)) == (413, 3)
        assert asyncio.run(answer(b"{")) == (408, 1)
