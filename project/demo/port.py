"""The web server's socket: bound before anything is started, so that a port in use is known at once."""

import socket

from project.demo.errors import PortInUse

HOST = "127.0.0.1"


def listen(port: int) -> socket.socket:
    """Open the socket that the web server will take over.

    Args:
        port: the port to bind; 0 for a free one.

    Returns:
        A listening socket that a child process can inherit.

    Raises:
        PortInUse: the port is taken, or not ours to take.
    """
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise PortInUse(port, error) from error
    listening.set_inheritable(True)
    return listening
