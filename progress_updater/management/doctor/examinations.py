"""The doctor's examinations, in their order: each comes after those that it needs."""

from typing import Final

from progress_updater.management.doctor import clocks, probing, project, workers
from progress_updater.management.doctor.report import Examination

EXAMINATIONS: Final = (
    Examination(name="settings", run=project.settings),
    Examination(name="database", run=project.databases),
    Examination(name="connection", run=project.connection, needs=("database",)),
    Examination(name="migrations", run=project.migrations, needs=("connection",)),
    Examination(name="sink", run=project.sink),
    Examination(name="broker", run=workers.broker),
    Examination(name="worker", run=workers.worker, needs=("broker",)),
    Examination(name="app", run=workers.app, needs=("worker",)),
    Examination(name="sent", run=probing.sent, needs=("settings", "migrations", "sink", "broker")),
    Examination(name="start", run=probing.start, needs=("app", "sent")),
    Examination(name="end", run=probing.end, needs=("start",)),
    Examination(name="steps", run=probing.steps, needs=("end",)),
    Examination(name="delta", run=probing.delta, needs=("end",)),
    Examination(name="clocks", run=clocks.clocks, needs=("end",)),
)
