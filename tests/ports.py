"""Ports for servers that tests start themselves."""

import random
import socket
from contextlib import suppress

PORTS = range(20_000, 30_000)
"""Below those that a system gives to clients: one of them would take the port of a server that is away."""


def free_port() -> int:
    """Return a port of this machine on which nobody listens, and which no client is given."""
    while True:
        port = random.SystemRandom().choice(PORTS)
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
