"""manage.py tasklog and its sub-commands."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from progress_updater.management.subcommand import Subcommand, subcommands


def test_each_module_is_a_subcommand() -> None:
    found = subcommands()
    assert "doctor" in found
    assert all(isinstance(subcommand, Subcommand) and subcommand.help for subcommand in found.values())


def test_a_subcommand_is_demanded() -> None:
    with pytest.raises(CommandError, match="required: subcommand"):
        call_command("tasklog")


def test_an_unknown_subcommand_is_refused_with_the_known_ones() -> None:
    with pytest.raises(CommandError, match=r"invalid choice: 'docter'.*doctor"):
        call_command("tasklog", "docter")


def test_help_tells_what_the_subcommands_do(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("tasklog", "--help", stdout=StringIO())
    assert ended.value.code == 0
    assert subcommands()["doctor"].help in " ".join(capsys.readouterr().out.split())
