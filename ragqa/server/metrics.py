"""What the server counts, for Prometheus: a registry of its own for each application."""

from __future__ import annotations

import time
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ragqa.schema import Answer
from ragqa.server.work import Workers

METHODS = {"GET", "HEAD", "POST", "OPTIONS"}
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """Counters; their labels take few values, whatever callers send."""

    def __init__(self, workers: Workers) -> None:
        """Start all counts at zero."""
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "ragqa_requests",
            "Requests by method, route and status.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "ragqa_request_seconds", "Time to answer a request.", ["route"], registry=self.registry, buckets=BUCKETS
        )
        self.answers = Counter(
            "ragqa_answers", "Answers: agreed, conflict or abstained.", ["outcome"], registry=self.registry
        )
        pending = Gauge("ragqa_pending", "Requests worked on or waiting for a thread.", registry=self.registry)
        pending.set_function(lambda: workers.pending)

    def count(self, answers: Iterable[Answer]) -> None:
        """Count how answers came out."""
        for answer in answers:
            outcome = "conflict" if answer.conflict else "agreed" if answer.answered else "abstained"
            self.answers.labels(outcome).inc()

    def text(self) -> bytes:
        """All figures in Prometheus's text format."""
        return generate_latest(self.registry)


class Counting:
    """ASGI middleware that counts and times every request."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        """Count the requests of an application."""
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, begin = 500, time.perf_counter()  # 500 unless a response begins

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            method = scope["method"] if scope["method"] in METHODS else "other"
            self._metrics.requests.labels(method, route, str(status)).inc()
            self._metrics.seconds.labels(route).observe(time.perf_counter() - begin)
