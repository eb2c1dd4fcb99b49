"""What tasks log in real workers, whatever the pool does to threads and Celery to loggers."""

from collections.abc import Callable

import pytest

from tests.acceptance.site import Site
from tests.services import SQLITE_URL, service_url

COMBINATIONS = [
    ("postgres", "redis", "prefork"),
    ("mariadb", "rabbitmq", "threads"),
    ("postgres", "redis", "gevent"),
    ("sqlite", "redis", "solo"),
]


@pytest.mark.parametrize(
    ("database", "broker", "pool"),
    [
        pytest.param(
            *each,
            id="-".join(each),
            marks=[pytest.mark.needs(name) for name in each[:2] if name != "sqlite"],
        )
        for each in COMBINATIONS
    ],
)
def test_each_record_of_a_task_is_one_message_on_its_step(
    database: str, broker: str, pool: str, make_site: Callable[..., Site]
) -> None:
    site = make_site(SQLITE_URL if database == "sqlite" else service_url(database), service_url(broker))
    site.start_worker(pool, settings="tests.acceptance.settings_logging")
    tasks = site.run("send_all", [["logs", [number], {}] for number in range(4)])
    for number, task in enumerate(tasks):
        record = site.run("finished_record", task)
        paths = {step["id"]: step["path"] for step in record["steps"]}
        said = [
            (paths.get(line["step"]), line["level"], line["source"], line["text"].splitlines()[0])
            for line in record["messages"]
        ]
        warning = said.pop(4)
        assert said == [
            (None, "info", "logging", f"begins {number}"),
            ("1", "info", "notify", f"said {number}"),
            ("1", "error", "logging", f"root {number}"),
            ("1.1", "warning", "logging", f"thread {number}"),
            ("1", "warning", "logging", f"printed {number}"),
        ]
        assert warning[:3] == ("1", "warning", "logging")
        assert warning[3].endswith(f"UserWarning: old {number}")
    assert "said 0" not in site.log_of("worker0").read_text()
    assert site.log_of("worker0").read_text().count("root 0") == 1
