"""All comparisons, in the order of the table, and what each of them needs."""

from dataclasses import dataclass

OURS = "progress_updater"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One file of the folder comparisons."""

    name: str
    """Of the file."""

    packages: tuple[str, ...] = ()
    """What of the extra [bench] it imports."""

    services: tuple[str, ...] = ("postgres",)
    """Keys of tests.services.SERVICES; without PostgreSQL it runs on SQLite."""

    apps: tuple[str, ...] = (OURS,)
    """Django apps of its process."""


COMPARISONS = {
    comparison.name: comparison
    for comparison in (
        Comparison(
            name="notify_and_results",
            packages=("django_celery_results", "celery_progress"),
            services=("postgres", "redis"),
            apps=(OURS, "django_celery_results"),
        ),
        Comparison(name="notify_and_logging"),
        Comparison(name="notify_and_opentelemetry", packages=("opentelemetry.sdk",)),
        Comparison(name="step_and_opentelemetry", packages=("opentelemetry.sdk",)),
        Comparison(name="step_and_eliot", packages=("eliot",)),
        Comparison(name="track", packages=("rich", "tqdm")),
        Comparison(
            name="advance_and_user_tasks",
            packages=("user_tasks",),
            apps=(OURS, "rest_framework", "user_tasks"),
        ),
        Comparison(name="lines_into_postgresql"),
        Comparison(name="lines_into_sqlite", services=()),
        Comparison(
            name="tasks_a_second",
            packages=("django_celery_results",),
            services=("postgres", "redis"),
            apps=(OURS, "django_celery_results"),
        ),
        Comparison(name="delay", services=("postgres", "redis")),
        Comparison(name="row_after_delay", services=("postgres", "redis")),
        Comparison(name="transactions_a_second"),
        Comparison(name="memory_of_a_worker", services=("postgres", "redis")),
    )
}
