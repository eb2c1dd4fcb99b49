"""Checks of the project around the app."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage
from django.urls import URLResolver, get_resolver

from progress_updater.checks import findings

URLCONF: Final = "progress_updater.urls"


def check_project(**_: object) -> list[CheckMessage]:
    """Check the other apps that the app needs.

    Returns:
        One message for each mistake.
    """
    if apps.is_installed("rest_framework") or not _is_mounted():
        return []
    return [findings.NO_REST_FRAMEWORK.found()]


def _is_mounted() -> bool:
    urlconf = getattr(settings, "ROOT_URLCONF", None)
    return urlconf is not None and URLCONF in _urlconfs(get_resolver(urlconf).url_patterns)


def _urlconfs(patterns: Iterable[Any]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield getattr(pattern.urlconf_module, "__name__", "")
            yield from _urlconfs(pattern.url_patterns)
