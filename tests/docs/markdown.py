"""Read the examples out of the documentation."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]

_BLOCK = re.compile(
    r"^(?P<indent> *)```(?P<info>[^\n]*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)


class Block(NamedTuple):
    """One fenced block."""

    page: Path
    line: int
    info: str
    text: str


def blocks(page: Path, info: str) -> list[Block]:
    """List the blocks of one kind, in order."""
    content = page.read_text()
    return [
        Block(page, content.count("\n", 0, found.start()) + 1, info, _dedented(found))
        for found in _BLOCK.finditer(content)
        if found["info"].strip() == info
    ]


def _dedented(found: re.Match[str]) -> str:
    indent = found["indent"]
    return "\n".join(line.removeprefix(indent) for line in found["text"].splitlines())
