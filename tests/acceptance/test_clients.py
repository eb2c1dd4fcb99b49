"""A task of a real worker is shown to the clients of celery-progress as the package itself shows it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.site import Site
from tests.services import service_url

RESULT = {"rows": [1, 2.5, None, "ü"], "is_done": True}
HOUR = 3600  # seconds
BUSY = 30  # seconds


def _calls(release: str) -> dict[str, list[Any]]:
    return {
        "a result": ["returns", [RESULT], {}, "SUCCESS"],
        "no result": ["returns", [None], {}, "SUCCESS"],
        "an error": ["raises", ["division by zero"], {}, "FAILURE"],
        "a retry": ["comes_again", ["boom", 60], {}, "RETRY"],
        "a retry with much to say": ["comes_again", ["No answer from the shop " * 5, HOUR], {}, "RETRY"],
        "revoked": ["returns", [1], {}, "REVOKED"],
        "expired": ["returns", [1], {"countdown": 1, "expires": 0.5}, "REVOKED"],
        "waiting": ["returns", [1], {"countdown": HOUR}, "PENDING"],
        "running": ["goes_on", [release], {}, "STARTED"],
        "counting": ["counts", [release, 3, 7, "Reading"], {}, "PROGRESS"],
        "counting without a total": ["counts", [release, 5, 0], {}, "PROGRESS"],
    }


@pytest.mark.needs("postgres")
@pytest.mark.needs("redis")
def test_our_answer_is_that_of_celery_progress(make_site: Callable[..., Site], tmp_path: Path) -> None:
    broker = service_url("redis")
    site = make_site(service_url("postgres"), broker, CELERY_RESULT_BACKEND=broker)
    site.start_worker("prefork", concurrency=4)
    calls = _calls(str(tmp_path / "release"))
    answers = dict(zip(calls, site.run("client_answers", list(calls.values())), strict=True))
    (tmp_path / "release").touch()

    ours, theirs = ({name: pair[which] for name, pair in answers.items()} for which in (0, 1))
    for name in ("a retry", "a retry with much to say"):
        # Ours are counted from the end of the attempt, which a busy machine tells late.
        late = theirs[name]["result"]["next_retry_seconds"] - ours[name]["result"]["next_retry_seconds"]
        assert 0 <= late < BUSY
        ours[name]["result"]["next_retry_seconds"] += late
    assert ours == theirs
    assert theirs["a result"]["result"] == RESULT
    assert theirs["a retry"]["result"] == {"next_retry_seconds": 60, "message": "boom..."}
    assert theirs["counting"]["progress"]["percent"] == 42.86
