"""notify() against an event of an OpenTelemetry span."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.sdk.trace import SpanLimits, TracerProvider

from progress_updater import notify
from tests.benchmarks.harness import Contender, costs
from tests.benchmarks.recorded import recorded_task
from tests.benchmarks.row import Row, cheaper
from tests.benchmarks.sizes import Size

EVENT = "OpenTelemetry: add_event() on the current span"


def compare(size: Size) -> list[Row]:
    """Return the row; the span is exported nowhere, in the peer's favour, and keeps all its events."""
    cost = costs(
        [
            Contender(name="notify()", run=_notify, calls=size.calls, around=recorded_task),
            Contender(name=EVENT, run=_add_event, calls=size.calls, around=_span),
        ],
        size.rounds,
    )
    return [cheaper("notify()", EVENT, cost["notify()"], cost[EVENT])]


def _notify(calls: int) -> None:
    for _ in range(calls):
        notify("Some notification related to the task")


def _add_event(calls: int) -> None:
    for _ in range(calls):
        trace.get_current_span().add_event("Some notification related to the task")


@contextmanager
def _span() -> Iterator[None]:
    provider = TracerProvider(span_limits=SpanLimits(max_events=1_000_000), shutdown_on_exit=False)
    with provider.get_tracer("benchmark").start_as_current_span("task"):
        yield
    provider.shutdown()
