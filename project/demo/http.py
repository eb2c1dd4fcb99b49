"""Requests to the demo's own web server; no proxy of the environment is asked."""

from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

from project.demo.port import HOST

ANSWER_WITHIN = 5.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the web server answered."""

    status: int
    """The HTTP status; 0 without an answer."""

    body: bytes
    """The body; the error's text without an answer."""


def get(port: int, path: str, *, token: str | None = None) -> Answer:
    """Read a page of the demo.

    Args:
        port: the web server's port.
        path: the page's path.
        token: the API token to show.

    Returns:
        The answer, whatever it is.
    """
    connection = HTTPConnection(HOST, port, timeout=ANSWER_WITHIN)
    try:
        connection.request("GET", path, headers={"Authorization": f"Token {token}"} if token else {})
        response = connection.getresponse()
        return Answer(status=response.status, body=response.read())
    except (OSError, HTTPException) as error:
        return Answer(status=0, body=str(error).encode())
    finally:
        connection.close()
