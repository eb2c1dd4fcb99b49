"""The API is the same in every project."""

import json
import os
import subprocess
import sys

import pytest

from tests.rows import FOUNDING_TEXT


@pytest.fixture(scope="module")
def answers_in(tmp_path_factory):
    """Give a function that starts a project and returns what its API answers."""

    def start(host):
        environment = {**os.environ, "HOST": host, "HOST_FOLDER": str(tmp_path_factory.mktemp(host))}
        environment["PYTHONPATH"] = os.pathsep.join(sys.path)
        process = subprocess.run(
            [sys.executable, "-m", "tests.api.hosts.answers"],
            env=environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert process.returncode == 0, process.stderr
        return json.loads(process.stdout)

    return start


@pytest.fixture(scope="module")
def ordinary(answers_in):
    return answers_in("ordinary")


def test_a_project_that_does_everything_differently_gets_the_same_answers(answers_in, ordinary):
    hostile = answers_in("hostile")

    for request, answer in ordinary.items():
        assert hostile[request] == answer, request


def test_a_project_that_mounts_the_app_somewhere_gets_the_record(ordinary):
    for way in ("session", "token"):
        status, headers, body = ordinary[f"{way} tasklogs/founding/"]
        assert (status, headers["Content-Type"]) == (200, "application/json")
        assert json.loads(body)["log"] == FOUNDING_TEXT
        assert json.loads(body)["owner"] == "1"
        assert ordinary[f"{way} tasklogs/founding/log/"][2] == FOUNDING_TEXT


def test_the_document_says_where_the_api_is_mounted(ordinary):
    document = json.loads(ordinary["session schema/"][2])

    assert document["servers"] == [{"url": "/some/where/api"}]
    assert document["info"]["title"] == "progress_updater"
    assert list(document["components"]["securitySchemes"]) == [
        "cookieAuth", "tokenAuth", "taskToken", "taskTokenHeader",
    ]  # fmt: skip
    assert set(document["paths"]) == {
        "/tasklogs/", "/tasklogs/{task_uuid}/", "/tasklogs/{task_uuid}/messages/",
        "/tasklogs/{task_uuid}/steps/", "/tasklogs/{task_uuid}/log/", "/tasklogs/{task_uuid}/tree/",
        "/tasklogs/{task_uuid}/cancel/", "/tasklogs/{task_uuid}/retry/",
    }  # fmt: skip


def test_what_is_refused_is_refused_as_everywhere(ordinary):
    status = {name: answer[0] for name, answer in ordinary.items()}

    assert status["session tasklogs/unknown/"] == 404
    assert status["nobody"] == status["bad token"] == 401
    assert status["bearer"] == 200
    assert status["post"] == status["options"] == 405
    assert status["html"] == 406
    assert status["known"] == 304
    for query in ("page=2", "limit=1", "created_after=08.08.2019"):
        assert status[f"token tasklogs/?{query}"] == 400


WITHOUT = """
import os, sys
for missing in {missing!r}: sys.modules[missing] = None
os.environ.update(DJANGO_SETTINGS_MODULE="tests.api.hosts.settings", HOST="ordinary", HOST_FOLDER=".")
from django.conf import settings
settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app.partition(".")[0] not in {missing!r}]
import django; django.setup()
from django.urls import get_resolver
print(*sorted(name for name in get_resolver("progress_updater.urls").reverse_dict if isinstance(name, str)))
"""

API = [
    "tasklog-cancel",
    "tasklog-detail",
    "tasklog-list",
    "tasklog-log",
    "tasklog-messages",
    "tasklog-retry",
    "tasklog-steps",
    "tasklog-tree",
]


@pytest.mark.parametrize(
    ("missing", "names"),
    [
        ([], ["docs", "docs-asset", "metrics", "schema", *API]),
        (["drf_spectacular_sidecar"], ["metrics", "schema", *API]),
        (["drf_spectacular"], ["metrics", *API]),
        (["drf_spectacular", "prometheus_client"], API),
        (["rest_framework"], []),
    ],
)
def test_what_is_not_installed_is_left_out(missing, names):
    process = subprocess.run(
        [sys.executable, "-c", WITHOUT.format(missing=missing)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert process.returncode == 0, process.stderr
    assert process.stdout.split() == names
