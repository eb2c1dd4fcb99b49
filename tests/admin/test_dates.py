"""The date hierarchy of the list."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from tests.admin.conftest import LIST, names, page_of
from tests.rows import a_log

pytestmark = pytest.mark.django_db(databases="__all__")


def on(*days: tuple[int, int, int]) -> None:
    for day in days:
        a_log("-".join(map(str, day)), started=False, created=datetime(*day, 12, tzinfo=UTC))


def dates(client: Client, query: str = "") -> tuple[str | None, list[str]]:
    """Return the title of the way back, and those of the choices."""
    links = client.get(LIST + query).context["cl"].dates
    return links.back and links.back.title, [choice.title for choice in links.choices]


def test_no_logs_have_no_dates(viewer: Client) -> None:
    response = viewer.get(LIST)
    assert response.context["cl"].dates is None
    assert "toplinks" not in response.content.decode()


def test_several_years_are_offered_first(viewer: Client) -> None:
    on((2019, 8, 8), (2021, 1, 1))
    assert dates(viewer) == (None, ["2019", "2020", "2021"])


def test_a_year_offers_the_months_within_reach(viewer: Client) -> None:
    on((2019, 8, 8), (2021, 1, 1))
    assert dates(viewer, "?created__year=2019") == (
        "All dates",
        ["August 2019", "September 2019", "October 2019", "November 2019", "December 2019"],
    )


def test_a_month_offers_the_days_within_reach(viewer: Client) -> None:
    on((2019, 8, 30), (2021, 1, 1))
    assert dates(viewer, "?created__year=2019&created__month=8") == ("2019", ["August 30", "August 31"])


def test_a_day_offers_the_way_back(viewer: Client) -> None:
    on((2019, 8, 30), (2021, 1, 1))
    query = "?created__year=2019&created__month=8&created__day=30"
    assert dates(viewer, query) == ("August 2019", ["August 30"])
    assert viewer.get(LIST + query).context["cl"].dates.choices[0].link is None


def test_a_single_month_opens_by_itself(viewer: Client) -> None:
    on((2019, 8, 8), (2019, 8, 10))
    assert dates(viewer) == (None, ["August 8", "August 9", "August 10"])


def test_a_single_day_opens_by_itself(viewer: Client) -> None:
    on((2019, 8, 8))
    assert dates(viewer) == (None, ["August 8"])


def test_an_incomplete_choice_counts_as_far_as_it_goes(viewer: Client) -> None:
    on((2019, 8, 8), (2019, 9, 8))
    assert dates(viewer, "?created__year=2019&created__day=8")[1] == ["August 2019", "September 2019"]


def test_a_choice_leads_to_its_logs(viewer: Client) -> None:
    on((2019, 8, 8), (2019, 8, 9), (2020, 1, 1))
    link = viewer.get(f"{LIST}?created__year=2019&created__month=8").context["cl"].dates.choices[1].link
    assert names(viewer.get(LIST + link)) == ["2019-8-9"]


def test_days_are_those_of_the_projects_time_zone(viewer: Client, settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    a_log("night", started=False, created=datetime(2019, 8, 8, 20, tzinfo=UTC))
    a_log("day", started=False, created=datetime(2019, 8, 10, 1, tzinfo=UTC))
    assert dates(viewer) == (None, ["August 9", "August 10"])


def test_a_project_without_time_zones_has_dates_pages_and_records(viewer: Client, settings: Any) -> None:
    settings.USE_TZ = False
    noon = datetime(2019, 8, 8, 12)  # noqa: DTZ001 (so the database returns it)
    log = a_log(created=noon).finish()
    a_log("later", created=noon.replace(day=9))
    assert dates(viewer) == (None, ["August 8", "August 9"])
    assert names(viewer.get(f"{LIST}?older={noon.replace(day=9).isoformat()}~999")) == ["later", "TEST"]
    assert "Took" in viewer.get(page_of(log)).content.decode()


def test_the_dates_cost_two_rows(viewer: Client, statements: Callable[[], Any]) -> None:
    on((2019, 8, 8), (2020, 8, 8))
    with statements() as asked:
        viewer.get(f"{LIST}?created__year=2019")
    assert len([sql for sql in asked if sql.endswith("LIMIT 1")]) == 2
