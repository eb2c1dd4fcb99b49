"""Run one comparison in a process, and with a database, of its own."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path

from tests.benchmarks.catalogue import Comparison
from tests.benchmarks.row import Row
from tests.services import SERVICES, empty_database

ROOT = Path(__file__).resolve().parents[2]
AT_MOST = 1_800  # seconds for one comparison


class ComparisonFailed(Exception):
    """A comparison came to no result; its text says why."""


def rows_of(comparison: Comparison, size: str, seconds: float = AT_MOST) -> list[Row]:
    """Run a comparison.

    Args:
        comparison: what is compared; its packages and servers are there.
        size: a key of SIZES.
        seconds: how long it may take.

    Returns:
        Its rows of the table.

    Raises:
        ComparisonFailed: its process failed, or took too long.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        environment = _environment(comparison, folder)
        if "postgres" in comparison.services:
            url = stack.enter_context(empty_database(address_of("postgres"), folder))
            environment["DATABASE_URL"] = url
        printed = _printed(comparison.name, size, environment, seconds)
    return [Row.from_json(row) for row in json.loads(printed.splitlines()[-1])]


def address_of(name: str) -> str:
    """Return where a server is.

    Args:
        name: a key of SERVICES.

    Returns:
        Its URL.
    """
    service = SERVICES[name]
    return os.environ.get(service.variable) or service.default


def _environment(comparison: Comparison, folder: Path) -> dict[str, str]:
    # What the shell says of the demo site is none of the benchmark's business.
    left_out = {"DATABASE_URL", "PROGRESS_DATABASE_URL", "CELERY_RESULT_BACKEND"}
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    return environment | {
        "DJANGO_SETTINGS_MODULE": "tests.benchmarks.settings",
        "BENCHMARK_APPS": " ".join(comparison.apps),
        "CELERY_BROKER_URL": address_of("redis"),
        "POSTGRES_URL": address_of("postgres"),
        "PYTHONPATH": str(ROOT),
        "VAR_DIR": str(folder / "var"),
        "TMPDIR": str(folder),  # journals too leave with the folder
    }


def _printed(name: str, size: str, environment: dict[str, str], seconds: float) -> str:
    command = [sys.executable, "-m", "tests.benchmarks.child", name, size]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        printed, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise ComparisonFailed(f"{name} took more than {seconds} seconds.") from None
    finally:
        # Whatever happens here, no worker of the comparison is left behind.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    if process.returncode:
        raise ComparisonFailed(f"{name} failed:\n{errors[-4_000:]}")
    return printed
