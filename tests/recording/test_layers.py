"""recording/ stands on its own."""

import ast
from pathlib import Path

import pytest

import progress_updater.recording as package

MODULES = sorted(Path(package.__file__).parent.glob("*.py"))

ALLOWED = {"progress_updater.recording", "progress_updater.states", "progress_updater.exceptions"}
"""What recording/ may know of the app."""


def _imported(module: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "progress_updater":
            found |= {f"progress_updater.{name.name}" for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_nothing_in_recording_knows_django(module: Path) -> None:
    assert not [name for name in _imported(module) if name.split(".")[0] in {"django", "rest_framework"}]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_recording_uses_no_other_part_of_the_app(module: Path) -> None:
    own = [name for name in _imported(module) if name.split(".")[0] == "progress_updater"]
    assert [name for name in own if not any(name.startswith(allowed) for allowed in ALLOWED)] == []
