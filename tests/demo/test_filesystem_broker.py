"""The broker in a folder loses nothing, however many processes share it."""

import fcntl
import multiprocessing
import os
from multiprocessing.synchronize import Event
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu.connection import Connection

from project.embedded import broker_options

pytestmark = pytest.mark.processes

MESSAGES = 1_000


def test_each_message_arrives_once_while_readers_look_all_the_time(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    sent, received = context.Event(), context.Queue()
    readers = [context.Process(target=_read_all, args=(tmp_path, sent, received)) for _ in range(2)]
    for reader in readers:
        reader.start()

    with _connection(tmp_path) as connection, connection.SimpleQueue("orders") as queue:
        for number in range(MESSAGES):
            queue.put(number)
    sent.set()

    numbers = [number for _ in readers for number in received.get(timeout=60)]
    for reader in readers:
        reader.join(timeout=60)
    assert sorted(numbers) == list(range(MESSAGES))
    assert not list((tmp_path / "messages").iterdir())


def _read_all(folder: Path, sent: Event, received: Any) -> None:
    numbers = []
    with _connection(folder) as connection, connection.SimpleQueue("orders") as queue:
        while True:
            nothing_will_come = sent.is_set()
            try:
                message = queue.get(block=False)
            except Empty:
                if nothing_will_come:
                    break
            else:
                message.ack()
                numbers.append(message.payload)
    received.put(numbers)


def _connection(folder: Path) -> Connection:
    return Connection(
        "filesystem://",
        transport="project.filesystem_broker:Transport",
        transport_options=broker_options(folder),
    )


def test_a_child_that_is_forked_meanwhile_does_not_keep_the_others_waiting(tmp_path: Path) -> None:
    with _connection(tmp_path) as connection:
        channel = connection.channel()
        with channel._tables_locked():
            reading, writing = os.pipe()
            child = os.fork()
            if child == 0:
                os.read(reading, 1)
                os._exit(0)
        try:
            with (channel.control_folder / "lock").open("w") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        finally:
            os.write(writing, b"x")
            os.waitpid(child, 0)
