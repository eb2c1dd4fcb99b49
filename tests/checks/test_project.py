"""What the app needs of the project around it."""

from typing import Any

import pytest
from django.test import modify_settings
from django.urls import include, path

from progress_updater.checks.project import check_project

without_rest_framework = modify_settings(INSTALLED_APPS={"remove": ["rest_framework"]})


@pytest.fixture
def urls(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__


urlpatterns = [path("deep/", include([path("down/", include("progress_updater.urls"))]))]


@pytest.mark.usefixtures("urls")
@without_rest_framework
def test_mounted_urls_without_rest_framework_are_a_warning() -> None:
    (message,) = check_project()
    assert message.id == "progress_updater.W002"
    assert '"rest_framework"' in message.hint


@pytest.mark.usefixtures("urls")
def test_mounted_urls_with_rest_framework_pass() -> None:
    assert check_project() == []


@without_rest_framework
def test_a_project_without_the_urls_needs_no_rest_framework(settings: Any) -> None:
    settings.ROOT_URLCONF = "django.contrib.auth.urls"
    assert check_project() == []


@without_rest_framework
def test_a_project_without_urls_needs_no_rest_framework(settings: Any) -> None:
    del settings.ROOT_URLCONF
    assert check_project() == []
