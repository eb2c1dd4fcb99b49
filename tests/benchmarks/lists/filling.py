"""Fill the tables with many tasks, as a shop would have them that sends one a second."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import md5
from uuid import UUID

from django.db import connections

from progress_updater.models import Attempt, Message, Process, Step, TaskLog, TaskTag, TaskTree

MESSAGES = 10
STEPS = 3
UNFINISHED = 60
"""The newest tasks; those before them have ended."""
OWNER = "1"
"""Whose task each tenth one is."""
STEADY = "steady"
"""Whose tasks never fail; each tenth one too."""
RARE = "rare"
"""What stands in three tasks: as owner, name, tag and subject."""

TABLES = (Process, TaskLog, TaskTree, TaskTag, Attempt, Step, Message)

PROCESS = """
INSERT INTO progress_updater_process (id, token, host, pid, started, heartbeat)
VALUES (1, 'benchmark', 'localhost', 1, now(), now() + interval '1 day')
"""

TASK_LOGS = """
INSERT INTO progress_updater_tasklog (
    id, task_uuid, task_name, celery_name, state, created, queued, start, "end", updated,
    exception, exception_type, message, steps_done, steps_failed, seq, end_seq, attempts, run,
    root, parent, "group", tree, position, queue, owner, about,
    args, kwargs, options, arguments_kept, result, result_kept, current, total, unit, percent
)
SELECT
    i, uuid,
    CASE WHEN is_rare THEN 'rare' WHEN i %% 10 = 4 THEN 'Import orders' ELSE 'Task ' || i %% 40 END,
    'shop.tasks.task_' || i %% 40,
    state, moment, moment,
    CASE WHEN state <> 'PENDING' THEN moment + interval '40 ms' END,
    CASE WHEN has_ended THEN moment + interval '900 ms' END,
    moment + interval '900 ms',
    CASE WHEN state = 'FAILURE' THEN 'The order ' || i || ' has no address' END,
    CASE WHEN state = 'FAILURE' THEN 'shop.errors.OrderError' END,
    'Saved order ' || i, {steps}, 0, 30, CASE WHEN has_ended THEN 30 END,
    CASE WHEN state = 'PENDING' THEN 0 ELSE 1 END,
    CASE WHEN state = 'PENDING' THEN '' ELSE md5('run' || i) END,
    CASE WHEN is_rare THEN 'rare' WHEN in_tree THEN first ELSE uuid END,
    CASE WHEN in_tree AND first <> uuid THEN first END,
    CASE WHEN in_tree AND first <> uuid THEN 'group-' || i / 10 END,
    CASE WHEN in_tree THEN first END,
    CASE WHEN in_tree AND first <> uuid THEN i %% 10 - 1 END,
    'celery',
    CASE WHEN is_rare THEN 'rare' WHEN i %% 10 = 0 THEN '{owner}' WHEN i %% 10 = 3 THEN '{steady}'
         WHEN i %% 10 < 8 THEN (1000 + i %% 500)::text END,
    CASE WHEN is_rare THEN 'rare' WHEN i %% 10 = 1 THEN 'shop.order:1' ELSE 'shop.order:' || i / 10 END,
    jsonb_build_array(i, repeat('an argument ', 20)),
    jsonb_build_object('path', '/srv/orders/' || i || '.csv', 'dry_run', false),
    '{{"queue": "celery", "ignore_result": false}}', true,
    CASE WHEN state = 'SUCCESS' THEN
        jsonb_build_object('saved', i, 'lines', (SELECT jsonb_agg(md5((i * n)::text))
                                                  FROM generate_series(1, 20) n))
    END,
    CASE WHEN state = 'SUCCESS' THEN true END,
    {steps}, {steps}, 'steps', CASE WHEN has_ended THEN 100 ELSE 40 END
FROM (
    SELECT *, state NOT IN ('PENDING', 'STARTED', 'RETRY') AS has_ended
    FROM (
        SELECT
            i, md5('task' || i)::uuid::text AS uuid, md5('task' || i / 10 * 10)::uuid::text AS first,
            i / 10 %% 10 = 0 AS in_tree,
            i %% ({rows} / 4) = 7 AND i < {rows} * 3 / 4 AS is_rare,
            now() - ({rows} - i) * interval '1 second' AS moment,
            CASE WHEN {rows} - i < 30 THEN 'PENDING' WHEN {rows} - i < 55 THEN 'STARTED'
                 WHEN {rows} - i < {unfinished} THEN 'RETRY'
                 WHEN i %% ({rows} / 4) = 7 AND i < {rows} * 3 / 4 THEN 'LOST'
                 WHEN i %% 15 = 0 THEN 'FAILURE' WHEN i %% 97 = 0 THEN 'REVOKED' ELSE 'SUCCESS' END AS state
        FROM generate_series(1, {rows}) i
    ) AS numbered
) AS described
"""

TASK_TREES = """
INSERT INTO progress_updater_tasktree (key, tasks, done, failed, percent, updated)
SELECT tree, count(*), count("end"), count(exception), 100, now()
FROM progress_updater_tasklog WHERE tree IS NOT NULL GROUP BY tree
"""

TASK_TAGS = """
INSERT INTO progress_updater_tasktag (task_log_id, tag, created)
SELECT id, 'shop-' || id %% 50, created FROM progress_updater_tasklog
UNION ALL SELECT id, 'nightly', created FROM progress_updater_tasklog WHERE id %% 10 = 2
UNION ALL SELECT id, 'rare', created FROM progress_updater_tasklog WHERE owner = 'rare'
UNION ALL SELECT id, 'long-ago', created FROM progress_updater_tasklog WHERE id <= {rows} / 15
"""

ATTEMPTS = """
INSERT INTO progress_updater_attempt
    (id, task_log_id, number, run, retries, redelivered, worker, process_id, state, start, "end", failure)
SELECT
    id, id, 1, run, 0, false, 'celery@shop', CASE WHEN state = 'STARTED' THEN 1 END, state, start, "end",
    CASE WHEN state = 'FAILURE' THEN jsonb_build_object(
        'type', exception_type, 'text', exception, 'step', 2, 'where', null,
        'traceback', repeat('  File "shop/tasks.py", line 100, in save_order' || chr(10), 30)) END
FROM progress_updater_tasklog WHERE attempts = 1
"""

STEP_ROWS = """
INSERT INTO progress_updater_step
    (task_log_id, attempt_id, number, name, state, start, "end", n, seq, opened_seq)
SELECT id, id, number, 'Step ' || number || ' of the order', 'SUCCESS', start, "end",
    10 * number, 10 * number, 10 * number - 9
FROM progress_updater_tasklog, generate_series(1, {steps}) number WHERE attempts = 1
"""

MESSAGE_ROWS = """
INSERT INTO progress_updater_message
    (task_log_id, attempt_id, n, seq, step, at, level, text, source, public)
SELECT id, id, 3 * line, 3 * line, 1 + line %% {steps}, start + line * interval '80 ms', 'info',
    'Saved the line ' || line || ' of the order ' || id || ', and checked its address',
    CASE WHEN line %% 5 = 0 THEN 'logging' ELSE 'notify' END, line %% 5 <> 0
FROM progress_updater_tasklog, generate_series(1, {messages}) line WHERE attempts = 1
"""

STATEMENTS = (PROCESS, TASK_LOGS, TASK_TREES, TASK_TAGS, ATTEMPTS, STEP_ROWS, MESSAGE_ROWS)


def fill(alias: str, rows: int) -> None:
    """Write so many tasks, with all that belongs to them.

    Args:
        alias: of an empty PostgreSQL database with the app's tables; its user may be superuser.
        rows: tasks, at least 1,000.
    """
    given = {
        "rows": rows, "unfinished": UNFINISHED, "owner": OWNER, "steady": STEADY,
        "steps": STEPS, "messages": MESSAGES,
    }  # fmt: skip
    with connections[alias].cursor() as cursor:
        # Foreign keys are not checked row by row.
        cursor.execute("SET session_replication_role = replica")
        with _without_indexes(alias):
            for statement in STATEMENTS:
                cursor.execute(statement.format(**given), [])
        cursor.execute("SET session_replication_role = origin")
        for model in TABLES:
            cursor.execute(f"VACUUM (ANALYZE) {model._meta.db_table}")


@contextmanager
def _without_indexes(alias: str) -> Iterator[None]:
    """Make the indexes after the rows, which is faster."""
    with connections[alias].schema_editor(atomic=False) as editor:
        for model in TABLES:
            for index in model._meta.indexes:
                editor.remove_index(model, index)
            for constraint in model._meta.constraints:
                editor.remove_constraint(model, constraint)
    yield
    with connections[alias].schema_editor(atomic=False) as editor:
        for model in TABLES:
            for index in model._meta.indexes:
                editor.add_index(model, index)
            for constraint in model._meta.constraints:
                editor.add_constraint(model, constraint)


def task_id(number: int) -> str:
    """Return the id of a task.

    Args:
        number: from 1, the oldest one.
    """
    return str(UUID(md5(f"task{number}".encode()).hexdigest()))
