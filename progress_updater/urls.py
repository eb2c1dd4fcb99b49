"""The pages and, under api/, the API."""

urlpatterns: list[object] = []
