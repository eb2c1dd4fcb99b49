"""`with step()` against an OpenTelemetry span."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from progress_updater import step
from tests.benchmarks.harness import Contender, costs
from tests.benchmarks.recorded import recorded_task
from tests.benchmarks.row import Row, cheaper
from tests.benchmarks.sizes import Size

SPAN = "OpenTelemetry: start_as_current_span(), batch processor"


def compare(size: Size) -> list[Row]:
    """Return the row."""
    peer = Spans(size.calls)
    cost = costs(
        [
            Contender(name="step()", run=_steps, calls=size.calls, around=recorded_task),
            Contender(name=SPAN, run=peer.run, calls=size.calls, around=peer.around),
        ],
        size.rounds,
    )
    peer.provider.shutdown()
    return [cheaper("with step(), entered and left", SPAN, cost["step()"], cost[SPAN], at_most=0.30)]


def _steps(calls: int) -> None:
    for _ in range(calls):
        with step("Save rows"):
            pass


class Spans:
    """A tracer whose queue holds a whole measurement, so that it is exported after it, in its favour."""

    def __init__(self, calls: int) -> None:
        self._exporter = InMemorySpanExporter()
        self.provider = TracerProvider(shutdown_on_exit=False)
        self.provider.add_span_processor(
            BatchSpanProcessor(
                self._exporter,
                max_queue_size=2 * calls,
                max_export_batch_size=2 * calls,
                schedule_delay_millis=60_000,
            )
        )
        self._tracer = self.provider.get_tracer("benchmark")

    def run(self, calls: int) -> None:
        tracer = self._tracer
        for _ in range(calls):
            with tracer.start_as_current_span("Save rows"):
                pass

    @contextmanager
    def around(self) -> Iterator[None]:
        yield
        self.provider.force_flush()
        self._exporter.clear()
