"""What the server allows and how much it does at once."""

from __future__ import annotations

import os
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from ragqa.errors import InvalidArgumentError
from ragqa.processors import cores
from ragqa.schema import LONGEST_QUESTION

KEY_VARIABLE = "RAGQA_API_KEY"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def _sendable(key: SecretStr | None) -> SecretStr | None:
    if key is not None and not re.fullmatch(r"[!-~]+", key.get_secret_value()):
        raise ValueError("the API key must be of visible ASCII characters, without spaces, and not empty")
    return key


def _key_of_environment() -> SecretStr | None:
    key = os.environ.get(KEY_VARIABLE)
    return None if key is None else SecretStr(key)


class ServerSettings(BaseModel):
    """Settings of `create_app`; a value out of its range is a `ValueError` of pydantic."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    api_key: Annotated[SecretStr | None, AfterValidator(_sendable)] = Field(
        default_factory=_key_of_environment,
        description="Asked of every caller, as a bearer token or X-API-Key; default: RAGQA_API_KEY, or none.",
    )
    cors_origins: tuple[str, ...] = Field(
        default=(), description='Origins whose pages may call the server from a browser; ("*",) is any.'
    )
    allowed_hosts: tuple[str, ...] = Field(
        default=LOOPBACK, description='Names that the Host header may give, without port; ("*",) is any.'
    )
    examples: tuple[str, ...] = Field(default=(), description="Questions that the page suggests.")
    max_body_bytes: int = Field(default=1_000_000, ge=1, description="Longest request body.")
    max_question_length: int = Field(
        default=LONGEST_QUESTION, ge=1, le=LONGEST_QUESTION, description="Longest question, in characters."
    )
    max_batch: int = Field(default=32, ge=1, description="Most questions of one batch.")
    max_passages: int = Field(default=50, ge=1, description="Largest `top_k` of a question, and `k` of /retrieve.")
    max_concurrent: int = Field(
        default_factory=cores, ge=1, description="Requests worked on at a time; default: as many as there are cores."
    )
    queue_size: int = Field(default=64, ge=0, description="Requests that may wait; more are refused with 503.")
    time_limit: float = Field(
        default=30, gt=0, le=3_600, description="Seconds for a request to arrive, and again to be answered."
    )


def settings_of(**values: Any) -> ServerSettings:
    """Settings. Raises `InvalidArgumentError`, which names the first value that is out of its range."""
    try:
        return ServerSettings(**values)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise InvalidArgumentError(f"{first['loc'][0]}: {first['msg']}") from None
