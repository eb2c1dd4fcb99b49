"""advance() against the increment of django-user-tasks."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.models import User
from user_tasks.models import UserTaskStatus

from progress_updater import step
from tests.benchmarks.harness import Contender, costs
from tests.benchmarks.recorded import recorded_task
from tests.benchmarks.row import Row, cheaper
from tests.benchmarks.sizes import Size

INCREMENT = "django-user-tasks: increment_completed_steps()"


def compare(size: Size) -> list[Row]:
    """Return the row; the peer's row is fetched once, in its favour: `self.status` fetches it each time."""
    steps = OpenStep()
    status = UserTaskStatus.objects.create(
        user=User.objects.create(username="benchmark"),
        task_id=str(uuid.uuid4()),
        task_class="benchmark",
        name="benchmark",
        total_steps=30_000,
    )

    def increment(calls: int) -> None:
        for _ in range(calls):
            status.increment_completed_steps()

    cost = costs(
        [
            Contender(name="advance()", run=steps.advance, calls=size.calls, around=steps.around),
            Contender(name=INCREMENT, run=increment, calls=size.slow_calls),
        ],
        size.rounds,
    )
    return [cheaper("advance()", INCREMENT, cost["advance()"], cost[INCREMENT], times=150)]


class OpenStep:
    """A step that counts."""

    @contextmanager
    def around(self) -> Iterator[None]:
        with recorded_task(), step("Save rows", total=1_000_000) as self._step:
            yield

    def advance(self, calls: int) -> None:
        opened = self._step
        for _ in range(calls):
            opened.advance()
