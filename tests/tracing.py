"""Which processes of the tests the coverage tracer looks at; with it they start and end later."""

from tests.services import SQLITE_URL

UNTRACED = {"COVERAGE_PROCESS_CONFIG": ""}
"""The environment of a process without the tracer."""


def tracing(database_url: str) -> dict[str, str]:
    """Say what belongs into the environment of a process on a database.

    Args:
        database_url: of its database.

    Returns:
        Nothing for SQLite; on other databases the same lines run again, without the tracer.
    """
    return {} if database_url.startswith(SQLITE_URL) else UNTRACED
