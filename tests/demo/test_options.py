from pathlib import Path

import pytest

from project.demo.errors import WrongOption
from project.demo.options import ROOT, read_options


def test_without_choices_it_is_port_8000_and_the_folder_var() -> None:
    options = read_options({})

    assert (options.once, options.port, options.folder) == (False, 8000, ROOT / "var")


def test_once_takes_any_free_port() -> None:
    options = read_options({"ONCE": "1", "PORT": "8000"})

    assert (options.once, options.port) == (True, 0)


def test_a_folder_is_made_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)

    assert read_options({"VAR_DIR": "here"}).folder == tmp_path / "here"


@pytest.mark.parametrize("port", ["http", "-1", "65536", "\u0668"])
def test_what_is_no_port_is_refused_with_an_example(port: str) -> None:
    with pytest.raises(WrongOption, match="make demo PORT=8001"):
        read_options({"PORT": port})
