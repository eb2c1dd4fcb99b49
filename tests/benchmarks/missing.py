"""What a benchmark needs and does not find, in words that tell the way out."""

from collections.abc import Iterable
from importlib.util import find_spec

from tests.benchmarks.catalogue import Comparison
from tests.benchmarks.running import address_of
from tests.services import SERVICES


def missing_for(comparisons: Iterable[Comparison]) -> list[str]:
    """List what is missing.

    Args:
        comparisons: those that are to be run.

    Returns:
        A sentence for each package and each server, none where all is there.
    """
    comparisons = list(comparisons)
    packages = sorted({package for comparison in comparisons for package in comparison.packages})
    services = sorted({service for comparison in comparisons for service in comparison.services})
    without = [package for package in packages if not is_installed(package)]
    told = [f"Packages are missing: {', '.join(without)}. Install them: make .venv/bench"] if without else []
    return told + [sentence for name in services if (sentence := _unreachable(name))]


def is_installed(package: str) -> bool:
    """Tell whether a package can be imported, without doing so.

    Args:
        package: its name in an import statement.

    Returns:
        True if it is there.
    """
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # the package around it
        return False


def _unreachable(name: str) -> str:
    service = SERVICES[name]
    try:
        service.probe(address_of(name))
    except Exception as error:  # whatever a driver raises, the server is of no use
        reason = " ".join(str(error).split()) or type(error).__name__
        return (
            f"{service.title} is not reachable at {address_of(name)} ({reason}). "
            f"Start it, or set {service.variable} to where it is."
        )
    return ""
