"""The app's configuration: what happens when Django starts."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProgressUpdaterConfig(AppConfig):
    """Connect Celery's signals and register the system checks."""

    name = "progress_updater"
    label = "progress_updater"
    verbose_name = _("Progress of tasks")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Run once, when the project starts."""
        from progress_updater import checks
        from progress_updater.integrations import celery, logging
        from progress_updater.writing.masking.log import mask_log

        mask_log()
        checks.register_checks()
        celery.connect()
        logging.connect()
