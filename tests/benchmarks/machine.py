"""The machine on which is measured, and the versions of what is measured."""

import os
import platform
import sqlite3
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tests.benchmarks.running import address_of
from tests.services import SERVICES

PACKAGES = (
    "django-progress-updater",
    "Django",
    "celery",
    "redis",
    "psycopg",
    "django-celery-results",
    "celery-progress",
    "django-user-tasks",
    "opentelemetry-sdk",
    "eliot",
    "tqdm",
    "rich",
)


def described() -> list[tuple[str, str]]:
    """Return what a reader has to know of the machine.

    Returns:
        Names and values, in order.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return [
        ("Processor", f"{_processor()}, {os.cpu_count()} cores"),
        ("Memory", f"{memory:.0f} GiB"),
        ("System", f"{platform.system()} {platform.release()}"),
        ("Load before", f"{os.getloadavg()[0]:.2f}"),
        ("Python", f"{platform.python_implementation()} {platform.python_version()}"),
        ("Servers", ", ".join([*_servers(), f"SQLite {sqlite3.sqlite_version}"])),
        ("Packages", ", ".join(f"{name} {_version(name)}" for name in PACKAGES)),
    ]


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    for line in information.read_text().splitlines() if information.exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _servers() -> list[str]:
    names = ("postgres", "redis")
    return [f"{SERVICES[name].title} {SERVICES[name].probe(address_of(name)).split()[0]}" for name in names]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"
