"""All addresses that there are: the site's, and those of a project that has clients of others."""

from project.urls import urlpatterns as of_the_site
from tests.compat.project_urls import urlpatterns as of_others

urlpatterns = [*of_others, *of_the_site]
