"""Everything the checks can find: its id, what it says and what to do about it."""

from dataclasses import dataclass
from typing import Final

from django.core.checks import ERROR, WARNING, CheckMessage


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of finding."""

    level: int
    number: str
    says: str
    """A template of what is wrong."""
    hint: str
    """A template of what to do."""

    @property
    def id(self) -> str:
        """Return the id by which SILENCED_SYSTEM_CHECKS knows it."""
        return f"progress_updater.{self.number}"

    def found(self, **values: object) -> CheckMessage:
        """Make the message.

        Args:
            values: what the two templates name.

        Returns:
            A message for Django's check framework.
        """
        return CheckMessage(self.level, self.says.format(**values), self.hint.format(**values), id=self.id)


NOT_A_DICT: Final = Finding(
    ERROR,
    "E001",
    "PROGRESS_UPDATER is {value!r}, and not a dict.",
    'Write PROGRESS_UPDATER = {{"DATABASE": "default"}}, or leave it out: every key has a default.',
)
UNKNOWN_KEY: Final = Finding(
    ERROR,
    "E002",
    "PROGRESS_UPDATER has an unknown key {key!r}.",
    "{suggestion}",
)
WRONG_TYPE: Final = Finding(
    ERROR,
    "E003",
    'PROGRESS_UPDATER["{key}"] is {value!r}, and not {expected}.',
    "{suggestion}",
)
OUT_OF_RANGE: Final = Finding(
    ERROR,
    "E004",
    'PROGRESS_UPDATER["{key}"] is {value!r}, which is out of range.',
    "Write a number of at least {least}; the default is {default!r}.",
)
MALFORMED_PATTERN: Final = Finding(
    ERROR,
    "E005",
    'PROGRESS_UPDATER["RECORD"] has a pattern that matches no task: {pattern!r}.',
    'Write names of tasks with * for any text, "!" in front to leave out: ["shop.*", "!shop.tasks.beat_*"].',
)
UNKNOWN_DATABASE: Final = Finding(
    ERROR,
    "E006",
    'PROGRESS_UPDATER["DATABASE"] is {alias!r}, which is no key of DATABASES.',
    "{suggestion}",
)
NOT_ROUTED: Final = Finding(
    ERROR,
    "E007",
    'The app\'s tables belong into the database {alias!r} (PROGRESS_UPDATER["DATABASE"]), '
    "but the project's database routers lead elsewhere.",
    "Put the app's router first: DATABASE_ROUTERS = {routers}",
)
SHARED_SQLITE: Final = Finding(
    ERROR,
    "E008",
    "The app's tables share the SQLite file of the database {alias!r} with the project's own tables, and "
    'SQLite has one writer at a time: transactions of the project would fail with "database is locked".',
    "Either let the tables share it safely:\n"
    '\t    DATABASES["{alias}"]["OPTIONS"] = {options}\n'
    "\tor, better, give the app's tables a file of their own, so that progress is also seen while a task's "
    "transaction is open:\n"
    '\t    DATABASES["progress"] = {{"ENGINE": "{engine}", "NAME": {own_file!r}, '
    '"OPTIONS": {{"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"}}}}\n'
    '\t    DATABASE_ROUTERS = ["progress_updater.routers.ProgressUpdaterRouter"]\n'
    '\t    PROGRESS_UPDATER = {{"DATABASE": "progress"}}\n'
    "\tand run: python manage.py migrate --database progress",
)
LOST_TOO_SOON: Final = Finding(
    ERROR,
    "E009",
    'PROGRESS_UPDATER["LOST_AFTER"] is {lost_after!r}, with a heartbeat every {beat!r} seconds: '
    "tasks of a worker that is only busy would be shown as lost.",
    "Write a LOST_AFTER of at least {least!r}, three times HEARTBEAT, or a smaller HEARTBEAT.",
)
MALFORMED_NAME: Final = Finding(
    ERROR,
    "E010",
    'PROGRESS_UPDATER["REDACT"] has {name!r}, which is no name of a secret.',
    'Write the words of the name, with * for any part of a word, "!" in front of what is no secret: '
    '["customer_number", "*salary*", "!cache_key"]. Regular expressions are not understood.',
)
NO_END: Final = Finding(
    ERROR,
    "E011",
    'PROGRESS_UPDATER["KEEP"] has {state!r}, which is no state in which a task ends, or waits.',
    '{suggestion} "*" stands for all that are not named.',
)
KEPT_TOO_SHORT: Final = Finding(
    ERROR,
    "E012",
    'PROGRESS_UPDATER["KEEP"] keeps {state!r} for {days!r} days.',
    "Write a number of days of at least {least!r}, or None to keep them for ever.",
)
SQLITE_IN_MEMORY: Final = Finding(
    WARNING,
    "W001",
    "The database {alias!r} lives in this process's memory: no other process sees what a worker records.",
    'Give DATABASES["{alias}"] a file as its NAME, or, where nothing is to be stored, write '
    'PROGRESS_UPDATER = {{"SINK": "memory"}}.',
)
NO_REST_FRAMEWORK: Final = Finding(
    WARNING,
    "W002",
    "progress_updater.urls is in the URLconf, but rest_framework is not in INSTALLED_APPS.",
    'Add "rest_framework" to INSTALLED_APPS; without it the API may lack its templates and translations.',
)
