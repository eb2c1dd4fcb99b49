"""The identity of a process."""

import os
import socket

from progress_updater.recording.process import this_process


def test_a_process_has_one_identity_until_it_forks() -> None:
    mine = this_process()
    assert mine is this_process()
    assert (mine.host, mine.pid) == (socket.gethostname(), os.getpid())
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writing, f"{this_process().token} {this_process().pid}".encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    token, pid = os.read(reading, 1000).decode().split()
    os.close(reading)
    os.close(writing)
    assert token != mine.token
    assert int(pid) == child
