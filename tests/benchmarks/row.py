"""One line of the table: our figure, the peer's, their ratio, and what is wanted of it."""

from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is wanted of a figure: a bound from above, from below, or none."""

    at_most: float | None = None
    at_least: float | None = None

    def holds(self, figure: float, margin: float = 1.0) -> bool:
        """Tell whether a figure is good enough.

        Args:
            figure: the figure.
            margin: by which factor it may miss the bound.
        """
        if self.at_most is not None and figure > self.at_most * margin:
            return False
        return self.at_least is None or figure >= self.at_least / margin

    def text(self, unit: str) -> str:
        """Return the bound for people, "-" where there is none."""
        if self.at_most is not None:
            return f"at most {plain(self.at_most)}{unit}"
        return "-" if self.at_least is None else f"at least {plain(self.at_least)}{unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One comparison with one peer."""

    what: str
    """What was done on our side."""

    peer: str
    """What was done on the other side, in the same run."""

    ours: str
    theirs: str
    figure: float
    """What counts: mostly a ratio."""

    unit: str = "x"
    wanted: Wanted = Wanted()
    note: str = ""
    """Why the row is not reached whatever its figure is; empty where nothing went wrong."""

    def reached(self, margin: float = 1.0) -> bool:
        """Tell whether the row is reached.

        Args:
            margin: by which factor the figure may miss its bound.
        """
        return not self.note and self.wanted.holds(self.figure, margin)

    @property
    def verdict(self) -> str:
        """The last column of the table."""
        if self.note:
            return f"no: {self.note}"
        if self.wanted == Wanted():
            return "-"
        return "yes" if self.reached() else "no"

    def as_json(self) -> dict[str, Any]:
        """Return what from_json() takes."""
        return asdict(self)

    @classmethod
    def from_json(cls, written: dict[str, Any]) -> Self:
        """Make a row again of what as_json() returned."""
        return cls(**{**written, "wanted": Wanted(**written["wanted"])})


def cheaper(
    what: str,
    peer: str,
    ours: float,
    theirs: float,
    *,
    at_most: float | None = None,
    times: float | None = None,
) -> Row:
    """Compare what one call costs.

    Args:
        what: our call.
        peer: the peer's call.
        ours: seconds.
        theirs: seconds.
        at_most: the largest ratio of ours to theirs that is wanted.
        times: the figure is instead how many times cheaper ours is; the least that is wanted.
    """
    if times is None:
        figure, unit, wanted = ours / theirs, "x", Wanted(at_most=at_most)
    else:
        figure, unit, wanted = theirs / ours, "x cheaper", Wanted(at_least=times)
    return Row(
        what=what,
        peer=peer,
        ours=microseconds(ours),
        theirs=microseconds(theirs),
        figure=figure,
        unit=unit,
        wanted=wanted,
    )


def microseconds(seconds: float) -> str:
    """Return a duration for people."""
    return f"{plain(seconds * 1e6)} us"


def plain(number: float) -> str:
    """Return a number with three digits that count, as people write it."""
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.3g}" if abs(number) >= 0.001 else f"{number:.5f}"
