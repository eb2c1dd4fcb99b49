"""What keeps the demo from starting is told in a sentence that says what to do."""

import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.demo.demo_process import DemoProcess

pytestmark = pytest.mark.processes

StartDemo = Callable[..., DemoProcess]


def refused(demo: DemoProcess) -> str:
    """Return what a demo said that did not start."""
    code, output = demo.end()
    assert (code, output) == (1, b"")
    assert "Traceback" not in demo.said
    assert not demo.living_processes()
    return demo.said


def test_a_port_in_use(start_demo: StartDemo) -> None:
    with socket.create_server(("127.0.0.1", 0)) as occupied:
        port = occupied.getsockname()[1]

        said = refused(start_demo(PORT=str(port)))

    assert f"Port {port} on 127.0.0.1 cannot be used" in said
    assert f"make demo PORT={port + 1}" in said


def test_a_port_that_is_no_number(start_demo: StartDemo) -> None:
    demo = start_demo(PORT="70000")

    assert "PORT=70000 is not a port number" in refused(demo)


@pytest.mark.parametrize("name", ["demo.sqlite3", "progress.sqlite3"])
def test_a_file_that_is_no_database(start_demo: StartDemo, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text("This is no database, but a text that is long enough to be looked at as one.\n" * 9)

    said = refused(start_demo(VAR_DIR=str(tmp_path)))

    assert f"{file} cannot be used as a database (file is not a database)" in said
    assert f"rm {file}*" in said


def test_a_database_that_a_newer_version_has_migrated(start_demo: StartDemo, tmp_path: Path) -> None:
    file = tmp_path / "progress.sqlite3"
    with sqlite3.connect(file) as database:
        database.execute(
            "CREATE TABLE django_migrations (id integer PRIMARY KEY, app text, name text, applied datetime)"
        )
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) "
            "VALUES ('progress_updater', '9999_from_the_future', '2026-01-01')"
        )
    database.close()

    said = refused(start_demo(VAR_DIR=str(tmp_path)))

    assert f"{file} was made by a newer version" in said
    assert "progress_updater.9999_from_the_future" in said
    assert f"rm {file}*" in said


def test_tables_of_another_program(start_demo: StartDemo, tmp_path: Path) -> None:
    file = tmp_path / "demo.sqlite3"
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE auth_user (something text)")
    database.close()

    said = refused(start_demo(VAR_DIR=str(tmp_path)))

    assert f"{file} cannot be used as a database" in said


def test_a_folder_that_is_a_file(start_demo: StartDemo, tmp_path: Path) -> None:
    file = tmp_path / "var"
    file.touch()

    said = refused(start_demo(VAR_DIR=str(file)))

    assert f"The folder {file} cannot be written" in said
    assert "make demo VAR_DIR=/some/folder" in said


def test_a_folder_in_which_another_demo_runs(start_demo: StartDemo) -> None:
    first = start_demo()
    first.wait_until_it_says("Preparing")

    said = refused(start_demo(VAR_DIR=str(first.var)))

    assert f"Another demo is running in {first.var}" in said
