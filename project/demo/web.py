"""The demo's web server: uvicorn, on a socket that is open already."""

import socket
import sys

import uvicorn

LAST_ANSWERS_WITHIN = 3  # seconds


def serve(descriptor: int) -> None:
    """Serve the site until a signal comes.

    Args:
        descriptor: an inherited listening socket.
    """
    config = uvicorn.Config(
        "project.asgi:application", lifespan="off", timeout_graceful_shutdown=LAST_ANSWERS_WITHIN
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    serve(int(sys.argv[1]))
