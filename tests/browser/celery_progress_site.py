"""A page as a project with celery-progress has it: the package's own script, our addresses."""

from pathlib import Path

import celery_progress
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.urls import include, path
from django.views.static import serve

from project.urls import urlpatterns as project_urls

SCRIPTS = Path(celery_progress.__file__).parent / "static" / "celery_progress"

PAGE = """<!doctype html>
<html lang="en">
<title>A page of a project</title>
<link rel="icon" href="data:,">
<div class="progress-wrapper">
  <div id="progress-bar" class="progress-bar" style="background-color: #68a9ef; width: 0%">&nbsp;</div>
</div>
<div id="progress-bar-message">Waiting for progress to start...</div>
{% if with_result %}<div id="celery-result"></div>{% endif %}
<script src="/scripts/celery_progress.js"></script>
<script>
  CeleryProgressBar.initProgressBar("{{ address }}", {pollInterval: 20});
</script>
</html>
"""


def page(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    address = Template(f"{{% url 'celery_progress:{kind}_status' key %}}").render(Context({"key": key}))
    context = Context({"address": address, "with_result": "result" in request.GET})
    return HttpResponse(Template(PAGE).render(context))


urlpatterns = [
    path("page/<kind>/<key>/", page),
    path("scripts/<path:path>", serve, {"document_root": SCRIPTS}),
    path("celery-progress/", include("progress_updater.compat.celery_progress_urls")),
    *project_urls,
]
