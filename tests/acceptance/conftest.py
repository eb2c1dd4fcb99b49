"""Sites for the tests of this folder."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from tests.acceptance.site import Site, open_site


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Give a test sites of its own: make_site(database_url, broker_url, **environment)."""
    numbers = count()
    with ExitStack() as sites:

        def make(*urls: str, **environment: str) -> Site:
            folder = tmp_path / f"site{next(numbers)}"
            folder.mkdir()
            return sites.enter_context(open_site(folder, *urls, **environment))

        yield make
