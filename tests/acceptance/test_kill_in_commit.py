"""A process is killed while the server commits its lines, or is recovered after its task came again."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.site import Site
from tests.acceptance.test_load import UNTRACED
from tests.services import service_url


@pytest.mark.needs("postgres")
@pytest.mark.needs("redis")
def test_each_line_is_there_once_whatever_the_server_is_doing_at_the_death(
    make_site: Callable[..., Site], tmp_path: Path
) -> None:
    site = make_site(service_url("postgres"), service_url("redis"), **UNTRACED)
    site.start_worker()
    assert site.run("kill_with_late_replay", _made(tmp_path / "replayed late"), True) == []
    assert site.run("kill_with_late_replay", _made(tmp_path / "stored late"), False) == []
    site.run("make_commits_wait")
    assert site.run("kill_in_commit", _made(tmp_path / "stored"), True) == []
    assert site.run("kill_in_commit", _made(tmp_path / "undone"), False) == []


def _made(folder: Path) -> str:
    folder.mkdir()
    return str(folder)
