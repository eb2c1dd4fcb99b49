"""Read the tables: a column for each audience, a row for each thing."""

from tests.access.audiences import AUDIENCES

Table = dict[str, dict[str, str]]


def read(table: str) -> Table:
    """Read a table: by its rows, by its audiences, the cells."""
    head, *rows = [line for line in table.splitlines() if line.strip()]
    assert head.split() == list(AUDIENCES)
    found = {}
    for row in rows:
        name, *cells = row.rsplit(maxsplit=len(AUDIENCES))
        assert name not in found, f"{name} stands there twice"
        found[name] = dict(zip(AUDIENCES, cells, strict=True))
    return found


def line(name: str, row: dict[str, str]) -> str:
    """Write a row."""
    cells = [f"{cell:<{len(audience) + 2}}" for audience, cell in row.items()]
    return f"{name:46}{''.join(cells)}".rstrip()


def changed(table: Table, rows: str) -> Table:
    """Return a table with some other rows, which it has to have."""
    others = read(rows)
    assert set(others) <= set(table)
    return {**table, **others}
