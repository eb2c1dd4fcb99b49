"""Readers of addresses that are not those of the site."""

import pytest

from tests.api.conftest import Reader, a_reader, reader  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db(databases="__all__")
