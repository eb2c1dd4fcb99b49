"""A worker beside the tests of this folder, and readers of the API."""

from tests.api.conftest import a_reader, reader
from tests.integrations.celery.conftest import stored, worker

__all__ = ["a_reader", "reader", "stored", "worker"]
