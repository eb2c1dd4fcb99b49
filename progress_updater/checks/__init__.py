"""System checks: what is wrong in the project's settings, and how to mend it."""

from django.core.checks import register

from progress_updater.checks.databases import check_databases
from progress_updater.checks.project import check_project
from progress_updater.checks.values import check_values

TAG = "progress_updater"
"""Runs these checks alone: manage.py check --tag progress_updater."""


def register_checks() -> None:
    """Register the checks, each of which runs with every management command."""
    for check in (check_values, check_databases, check_project):
        register(check, TAG)
