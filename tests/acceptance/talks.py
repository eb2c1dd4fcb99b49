"""Tasks that talk in a real worker, as the tests of stopped and killed workers see them."""

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.site import STOP_WITHIN, Site
from tests.services import FOLDER_BROKER_URL, SQLITE_URL, service_url
from tests.waiting import wait_until

POOL = 4


def site_with(*names: str) -> Any:
    """Return the parameter of a test for a site with these servers: a database and a broker, or none."""
    marks = [pytest.mark.needs(name) for name in names]
    return pytest.param(names, id="-".join(names) or "folder", marks=marks)


SITES = [site_with(), site_with("postgres", "redis")]
if os.environ.get("ACCEPTANCE") == "full":
    SITES.append(site_with("mariadb", "redis"))


def urls_of(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the addresses of a site's database and broker; both are in a folder where it has no servers."""
    return tuple(map(service_url, names)) or (SQLITE_URL, FOLDER_BROKER_URL)


class Talk:
    """Tasks that talk in a worker until they are released, or stopped."""

    def __init__(self, site: Site, folder: Path, count: int = POOL, **options: float) -> None:
        folder.mkdir(exist_ok=True)
        self._site = site
        self._folder = folder
        self.pids: dict[str, int] = site.run("begin_to_talk", str(folder), count, options)

    def release(self) -> None:
        """Let the tasks end."""
        (self._folder / "release").touch()

    def faults(self, state: str = "SUCCESS", says: str | None = None) -> list[str]:
        """Wait until the tasks have ended, and tell what is wrong with their records."""
        found: list[str] = self._site.run("faults_of_talk", str(self._folder), list(self.pids), state, says)
        return found


def stop_warmly(site: Site, worker: subprocess.Popen[bytes], talk: Talk) -> None:
    """Stop a worker kindly, and let its tasks end only when it waits for them; store what it may leave."""
    before = site.logs().count("Warm shutdown")
    worker.send_signal(signal.SIGTERM)
    wait_until(lambda: site.logs().count("Warm shutdown") > before, what="the worker stops")
    talk.release()
    assert worker.wait(STOP_WITHIN) == 0
    # A process waits for its last changes a quarter of a second, which a busy machine exceeds.
    site.run("recover")
