"""A task that Celery tries again; each try is an attempt of one record."""

from typing import Any

from celery import shared_task

from progress_updater import notify, step


class Bank:
    """A bank that does not always answer."""

    answers: list[str | Exception]

    @classmethod
    def ask(cls) -> str:
        """Return the next answer, or fail."""
        answer = cls.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@shared_task(bind=True, autoretry_for=(ConnectionError,), max_retries=3, default_retry_delay=0)
def fetch_rates(self: Any) -> str:
    """Ask the bank for rates, up to four times.

    Returns:
        The answer.
    """
    with step("Ask the bank"):
        notify(f"try {self.request.retries + 1}")
        answer = Bank.ask()
    with step("Store the rates"):
        return answer
