"""The real servers, and the browser, that tests can use: which are there, and which were used.

A test asks for one by `@pytest.mark.needs("postgres")` (or for a program that it starts itself, a server or a
browser, by `@pytest.mark.needs("pgbouncer")`), or runs once for each by
`@pytest.mark.parametrize("url", database_urls())`; the fixture `make_database` makes an empty database there.
"""

import os
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from _pytest.mark import ParameterSet

from tests.server_programs import find_program, program_version

PROBE_WITHIN = 20  # seconds; a server that is there may be busy, one that is not refuses at once

SQLITE_URL = "sqlite://"
FOLDER_BROKER_URL = "filesystem://"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A kind of server."""

    title: str
    """Its name for people."""

    variable: str
    """The environment variable that holds its address, or the path of its program."""

    default: str
    """Its address or path where the variable is not set."""

    probe: Callable[[str], str]
    """Returns the version of the server at an address, or of the program, or raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What became of looking for a service."""

    url: str
    """Where it was looked for."""

    version: str | None = None
    """Its version; None if it was not reachable."""

    reason: str = ""
    """Why it was not reachable."""


def _postgres_version(url: str) -> str:
    import psycopg

    with psycopg.connect(url, connect_timeout=PROBE_WITHIN) as connection:
        return str(connection.info.parameter_status("server_version"))


def _mariadb(url: str) -> Any:
    import pymysql

    parts = urlsplit(url)
    return pymysql.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=parts.username,
        password=parts.password or "",
        connect_timeout=PROBE_WITHIN,
    )


def _mariadb_version(url: str) -> str:
    with _mariadb(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT VERSION()")
        return str(cursor.fetchone()[0]).partition("-")[0]


def _redis_version(url: str) -> str:
    import redis

    with redis.Redis.from_url(
        url, socket_connect_timeout=PROBE_WITHIN, socket_timeout=PROBE_WITHIN
    ) as client:
        information: Any = client.info("server")
        return str(information["redis_version"])


def _rabbitmq_version(url: str) -> str:
    from kombu.connection import Connection

    with Connection(url, connect_timeout=PROBE_WITHIN) as connection:
        return str(connection.connection.server_properties["version"])


SERVICES = {
    "postgres": Service(
        title="PostgreSQL",
        variable="TEST_POSTGRES_URL",
        default="postgres://postgres@127.0.0.1:5432/test",
        probe=_postgres_version,
    ),
    "mariadb": Service(
        title="MariaDB",
        variable="TEST_MARIADB_URL",
        default="mysql://root@127.0.0.1:3306/test",
        probe=_mariadb_version,
    ),
    "redis": Service(
        title="Redis",
        variable="TEST_REDIS_URL",
        default="redis://127.0.0.1:6379/0",
        probe=_redis_version,
    ),
    "rabbitmq": Service(
        title="RabbitMQ",
        variable="TEST_RABBITMQ_URL",
        default="amqp://guest:guest@127.0.0.1:5672//",
        probe=_rabbitmq_version,
    ),
    # For what a test starts itself.
    "initdb": Service(
        title="PostgreSQL's programs",
        variable="TEST_INITDB",
        default=find_program("initdb"),
        probe=program_version,
    ),
    "redis-server": Service(
        title="Redis's program",
        variable="TEST_REDIS_SERVER",
        default=find_program("redis-server"),
        probe=program_version,
    ),
    "pgbouncer": Service(
        title="PgBouncer",
        variable="TEST_PGBOUNCER",
        default=find_program("pgbouncer"),
        probe=program_version,
    ),
    "chromium": Service(
        title="Chromium",
        variable="TEST_CHROMIUM",
        default=find_program("chromium"),
        probe=program_version,
    ),
}

_findings: dict[str, Finding] = {}
_used: set[str] = set()


def service_url(name: str) -> str:
    """Return the address of a service.

    Args:
        name: a key of SERVICES; the test is marked as needing it.

    Returns:
        Its URL, as in the environment variable.
    """
    return _findings[name].url


def database_urls() -> list[ParameterSet]:
    """Return what to run a test with for each database that is reachable.

    Returns:
        Parameters whose value is the URL of a server; SQLite always, as "sqlite://".
    """
    return [pytest.param(SQLITE_URL, id="sqlite"), *_parameters("postgres", "mariadb")]


def broker_urls() -> list[ParameterSet]:
    """Return what to run a test with for each broker that is reachable.

    Returns:
        Parameters whose value is the URL of a broker; the one in a folder always, as "filesystem://".
    """
    return [pytest.param(FOLDER_BROKER_URL, id="folder"), *_parameters("redis", "rabbitmq")]


@contextmanager
def empty_database(url: str, folder: Path) -> Iterator[str]:
    """Make a database that nobody else uses, and remove it at the end.

    Args:
        url: one of database_urls().
        folder: where a SQLite file may be made.

    Yields:
        The URL of the new database.
    """
    name = f"pu_{uuid.uuid4().hex}"
    if url == SQLITE_URL:
        yield f"sqlite:///{folder / name}.sqlite3"
        return
    _execute(url, f"CREATE DATABASE {name}")
    try:
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
    finally:
        _execute(url, f"DROP DATABASE {name}" + (" WITH (FORCE)" if url.startswith("postgres") else ""))


@pytest.fixture
def make_database(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Give a test empty databases: called with one of database_urls(), it returns the URL of a new one."""
    with ExitStack() as databases:
        yield lambda url: databases.enter_context(empty_database(url, tmp_path))


def _execute(url: str, statement: str) -> None:
    if url.startswith("postgres"):
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement.encode())
    else:
        with _mariadb(url) as connection, connection.cursor() as cursor:
            cursor.execute(statement)


def _parameters(*names: str) -> list[ParameterSet]:
    return [
        pytest.param(_findings[name].url, id=name, marks=pytest.mark.needs(name))
        for name in names
        if _findings[name].version
    ]


# ---------------------------------------------------------------- looking for them, once per run


def pytest_configure(config: pytest.Config) -> None:
    """Look for the services, or take over what the process that started this one has found."""
    handed_over = getattr(config, "workerinput", {}).get("services")
    if handed_over:
        _findings.update({name: Finding(**finding) for name, finding in handed_over.items()})
        return
    _findings.update({name: _look_for(service) for name, service in SERVICES.items()})
    missing = [name for name, finding in _findings.items() if not finding.version]
    if missing and os.environ.get("REQUIRE_SERVICES") == "1":
        raise pytest.UsageError(
            f"REQUIRE_SERVICES=1, but {'; '.join(map(_tell, missing))}. "
            f"Start it, or set {', '.join(SERVICES[name].variable for name in missing)} to where it is."
        )


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand what was found to a process of pytest-xdist."""
    node.workerinput["services"] = {name: asdict(finding) for name, finding in _findings.items()}


def _look_for(service: Service) -> Finding:
    url = os.environ.get(service.variable) or service.default
    try:
        version = service.probe(url)
    except Exception as error:  # whatever a driver raises, the server is of no use
        return Finding(url=url, reason=" ".join(str(error).split()) or type(error).__name__)
    return Finding(url=url, version=version.split()[0])


# ---------------------------------------------------------------- using them


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out a test whose service is not there, and note which services are used."""
    for name in _needed(item):
        if not _findings[name].version:
            pytest.skip(_tell(name))
        item.user_properties.append(("service", name))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note what a test used, in whichever process it ran."""
    if report.when == "call":
        _used.update(str(value) for key, value in report.user_properties if key == "service")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which services were used and which were not there."""
    told = [f"SQLite {sqlite3.sqlite_version} used", *map(_tell, SERVICES)]
    terminalreporter.write_line(f"services: {', '.join(told)}")


def _needed(item: pytest.Item) -> list[str]:
    return [name for mark in item.iter_markers("needs") for name in mark.args]


def _tell(name: str) -> str:
    finding, title = _findings[name], SERVICES[name].title
    if not finding.version:
        parts = urlsplit(finding.url)
        where = f"{parts.hostname}:{parts.port}" if parts.hostname else finding.url
        return f"{title} not reachable at {where} ({finding.reason})"
    return f"{title} {finding.version} {'used' if name in _used else 'there, not used by these tests'}"
