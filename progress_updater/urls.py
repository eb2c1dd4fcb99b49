"""All addresses of the app: `path("<prefix>/", include("progress_updater.urls"))`."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

app_name = "progress_updater"

urlpatterns: list[URLPattern | URLResolver] = []
if find_spec("rest_framework"):
    urlpatterns.append(path("api/", include("progress_updater.api.urls")))
    if find_spec("prometheus_client"):
        from progress_updater.metrics.views import Metrics

        urlpatterns.append(path("metrics", Metrics.as_view(), name="metrics"))
