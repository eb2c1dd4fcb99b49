"""Databases that an earlier demo left: usable, too new, or no databases at all."""

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader


class NewerDatabase(Exception):
    """The database knows migrations that this version does not have."""


def refuse_newer(connection: BaseDatabaseWrapper) -> None:
    """Check that no newer version has migrated a database.

    Args:
        connection: the database.

    Raises:
        NewerDatabase: one has.
        InconsistentMigrationHistory: its migrations were applied in an impossible order.
    """
    loader = MigrationLoader(connection)
    loader.check_consistent_history(connection)
    known = set(loader.disk_migrations)
    unknown = {key for key in loader.applied_migrations if key[0] in loader.migrated_apps} - known
    if unknown:
        names = ", ".join(sorted(".".join(key) for key in unknown))
        raise NewerDatabase(
            f"{_name(connection)} was made by a newer version of this project (it has {names}).\n"
            f"Update the project, or start with an empty database: {_way_out(connection)}"
        )


def unusable(connection: BaseDatabaseWrapper, error: Exception) -> str:
    """Tell the user that a database cannot be used.

    Args:
        connection: the database.
        error: what it answered.

    Returns:
        What is wrong and what to do.
    """
    return (
        f"{_name(connection)} cannot be used as a database ({error}).\n"
        f"Move it away, or start with an empty one: {_way_out(connection)}"
    )


def _name(connection: BaseDatabaseWrapper) -> str:
    return str(connection.settings_dict["NAME"])


def _way_out(connection: BaseDatabaseWrapper) -> str:
    return f"rm {_name(connection)}*"
