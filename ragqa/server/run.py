"""Serving an application with uvicorn."""

from __future__ import annotations

import ipaddress
import math
import socket
from collections.abc import Callable
from typing import Any

import uvicorn

from ragqa.errors import InvalidArgumentError
from ragqa.pipeline import Index
from ragqa.server.app import create_app
from ragqa.server.settings import KEY_VARIABLE, settings_of


def serve(index: Index, host: str, port: int, say: Callable[[str], None], **settings: Any) -> None:
    """Answer over HTTP until SIGINT or SIGTERM, then finish what has begun.

    Args:
        index: what to answer from.
        host: name or address to bind to.
        port: 0 for any that is free.
        say: told what the operator should know.
        settings: of `ServerSettings`; any host may be asked for when the address is not a loopback one.

    Raises:
        InvalidArgumentError: the host or a setting is impossible.
        OSError: the address can't be bound to.
    """
    if not host:
        raise InvalidArgumentError("host: it is empty; give 127.0.0.1, or 0.0.0.0 for all addresses")
    local = is_loopback(host)
    if not local:
        settings.setdefault("allowed_hosts", ("*",))
    made = settings_of(**settings)
    app = create_app(index, made)
    config = uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        log_config=None,  # warnings and errors still reach stderr
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=math.ceil(2 * made.time_limit) + 1,  # to arrive, and to be answered
    )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family, backlog=config.backlog) as listener:
        if not local and made.api_key is None:
            say(f"warning: anyone who reaches {host} can read the documents; set an API key in {KEY_VARIABLE}")
        name = f"[{host}]" if ":" in host else host
        say(f"ragqa answers at http://{name}:{listener.getsockname()[1]} from {len(index)} documents")
        uvicorn.Server(config).run(sockets=[listener])


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
