"""Sites for the tests of this folder."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.acceptance.site import Site, open_site


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Give a test sites of its own: make_site(database_url, broker_url, **environment)."""
    with ExitStack() as sites:
        yield lambda *urls, **environment: sites.enter_context(open_site(tmp_path, *urls, **environment))
