"""A strange project gets the app by INSTALLED_APPS, one include and migrate, and notices nothing else."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.site import kill_group
from tests.tracing import UNTRACED
from tests.waiting import wait_until

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

LOOK = """
import json
from django.contrib.auth import get_user_model
from progress_updater.models import TaskLog
log = TaskLog.objects.filter(celery_name="shop.tasks.pay").first()
print(json.dumps(log and {"state": log.state, "attempts": log.attempts, "queue": log.queue}))
"""
SEND = """
from shop.models import Customer, Order
from shop.tasks import pay
pay.delay(Order.objects.create(customer=Customer.objects.create(number="C-9")).pk)
"""

pytestmark = pytest.mark.processes


class Shop:
    """A copy of the project, in a folder of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        shutil.copytree(HERE / "shop", home / "shop", ignore=shutil.ignore_patterns("__pycache__"))
        for tests in ("suite.py", "recorded.py"):
            shutil.copy(HERE / tests, home / tests)
        (home / "pytest.ini").write_text("[pytest]\nDJANGO_SETTINGS_MODULE = shop.settings\n")
        for folder in ("queue", "control", "shop/migrations"):
            (home / folder).mkdir(parents=True)
        (home / "shop/migrations/__init__.py").touch()
        self.manage("makemigrations", "shop", adopted=False)

    def environment(self, **variables: str) -> dict[str, str]:
        path = os.pathsep.join([str(self.home), str(ROOT)])
        return {**os.environ, **UNTRACED, "PYTHONPATH": path, "SHOP_HOME": str(self.home),
                "DJANGO_SETTINGS_MODULE": "shop.settings", **variables}  # fmt: skip

    def run(self, *command: str, **variables: str) -> str:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=self.home,
            env=self.environment(**variables),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def manage(self, *command: str, adopted: bool = True) -> str:
        return self.run("-m", "django", *command, ADOPTED=str(int(adopted)))

    def suite(self, tests: str = "suite.py", *, adopted: bool) -> str:
        """Run the project's own tests; return the closing line without the time."""
        output = self.run(
            "-m", "pytest", "-q", "-p", "no:cacheprovider", tests, ADOPTED=str(int(adopted)), EAGER="1"
        )
        return output.splitlines()[-1].partition(" in ")[0]

    def look(self) -> Any:
        return json.loads(self.manage("shell", "-c", LOOK).splitlines()[-1])


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture
def worker(shop: Shop) -> Iterator[None]:
    for alias in ("default", "archive"):
        shop.manage("migrate", "--database", alias)
    command = [sys.executable, "-m", "celery", "--app=shop", "worker", "--pool=prefork", "--concurrency=1"]
    with (shop.home / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=shop.home,
            env=shop.environment(ADOPTED="1"),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    yield
    kill_group(process)


def test_the_projects_own_suite_stays_green_unchanged(shop: Shop) -> None:
    before = shop.suite(adopted=False)
    assert before == "8 passed"
    assert shop.suite(adopted=True) == before


def test_tests_that_look_at_the_records_have_the_fixtures_from_the_installation(shop: Shop) -> None:
    assert shop.suite("recorded.py", adopted=True) == "6 passed"


def test_the_checks_find_nothing_to_say(shop: Shop) -> None:
    assert "no issues" in shop.manage("check")


def test_the_first_task_shows_up(shop: Shop, worker: None) -> None:
    shop.manage("shell", "-c", SEND)
    wait_until(lambda: (shop.look() or {}).get("state") == "SUCCESS", 120, "the task's record has ended")
    assert shop.look() == {"state": "SUCCESS", "attempts": 1, "queue": "celery"}
