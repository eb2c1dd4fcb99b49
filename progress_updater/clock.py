"""The database's clock: the only one that all processes of a project share.

What is stored of it is in UTC, whatever the project's TIME_ZONE says, and is only ever compared with itself.
"""

from typing import Any, Final

from django.db.models import FloatField, Func

_NOW: Final = {
    "sqlite": "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'now')",
    "mysql": "UTC_TIMESTAMP(6)",
}
_AGE: Final = {
    "sqlite": "((JULIANDAY('now') - JULIANDAY({})) * 86400.0)",
    "mysql": "(TIMESTAMPDIFF(MICROSECOND, {}, UTC_TIMESTAMP(6)) / 1000000.0)",
}


def now(vendor: str) -> str:
    """Give the SQL that reads the clock.

    Args:
        vendor: of the database.

    Returns:
        An expression for a statement that has parameters.
    """
    return _NOW.get(vendor, "CLOCK_TIMESTAMP()")


def age(vendor: str, moment: str) -> str:
    """Give the SQL of the seconds that have passed since a moment of this clock.

    Args:
        vendor: of the database.
        moment: an expression of SQL.

    Returns:
        An expression.
    """
    passed = _AGE.get(vendor, "EXTRACT(EPOCH FROM (CLOCK_TIMESTAMP() - {}))::double precision")
    return passed.format(moment)


class Age(Func):
    """The same for a query of Django."""

    arity = 1
    output_field = FloatField()

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> Any:
        """Write it for the vendor of the connection."""
        moment, parameters = compiler.compile(self.source_expressions[0])
        return age(connection.vendor, moment), parameters
