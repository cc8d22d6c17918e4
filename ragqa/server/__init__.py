"""HTTP: a thin door onto `Index`, and one that chat front ends know. Needs `pip install "ragqa[server]"`."""

from ragqa.errors import MissingExtraError

try:
    import fastapi  # noqa: F401
    import prometheus_client  # noqa: F401
    import uvicorn  # noqa: F401
except ImportError as error:
    raise MissingExtraError(
        f'the server needs the package {error.name!r}, which is not installed: pip install "ragqa[server]"'
    ) from error

from ragqa.server.app import create_app
from ragqa.server.settings import ServerSettings

__all__ = ["ServerSettings", "create_app"]
