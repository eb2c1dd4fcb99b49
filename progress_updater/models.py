"""The tables. Rows are written by writing/ alone; everything else only reads them."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from progress_updater import states
from progress_updater.fields import ExactCharField
from progress_updater.querysets import RowManager, TaskLogManager

ID_LENGTH = 255
RUN_LENGTH = 32

STATE_CHOICES = [(state, state) for state in states.STATES]


class Progress(models.Model):
    """The columns of a count that goes from zero to a total."""

    current = models.FloatField(_("current"), null=True)
    total = models.FloatField(_("total"), null=True)
    unit = models.CharField(_("unit"), max_length=32, null=True)
    percent = models.FloatField(_("percent"), null=True)
    """Never falls within an attempt, whatever becomes of the total."""
    rate = models.FloatField(_("rate"), null=True)
    """Units a second over the last half minute."""

    class Meta:
        abstract = True


class TaskLog(Progress):
    """The record of one task id."""

    task_uuid = ExactCharField(_("task id"), max_length=ID_LENGTH, unique=True)
    task_name = ExactCharField(_("name"), max_length=255)
    celery_name = models.CharField(_("Celery name"), max_length=255, null=True)
    state = models.CharField(_("state"), max_length=16, choices=STATE_CHOICES, default=states.PENDING)
    custom_state = models.CharField(_("custom state"), max_length=255, null=True)

    created = models.DateTimeField(_("created"))
    queued = models.DateTimeField(_("queued"), null=True)
    start = models.DateTimeField(_("start"), null=True)
    end = models.DateTimeField(_("end"), null=True)
    updated = models.DateTimeField(_("updated"))

    exception = models.TextField(_("exception"), null=True)
    exception_type = models.CharField(_("exception type"), max_length=255, null=True)
    message = models.TextField(_("last message"), null=True)
    steps_done = models.IntegerField(_("steps done"), default=0)
    steps_failed = models.IntegerField(_("steps failed"), default=0)

    seq = models.BigIntegerField(default=0)
    """The cursor: each visible change takes the next number."""
    end_seq = models.BigIntegerField(null=True)
    """The cursor at which the record ended."""
    attempts = models.IntegerField(default=0)
    """Attempts that have started."""
    run = ExactCharField(max_length=RUN_LENGTH, default="")
    """The run of the newest attempt."""

    root = ExactCharField(_("root"), max_length=ID_LENGTH, null=True)
    parent = ExactCharField(_("parent"), max_length=ID_LENGTH, null=True)
    group = ExactCharField(_("group"), max_length=ID_LENGTH, null=True)
    queue = models.CharField(_("queue"), max_length=255, null=True)
    eta = models.DateTimeField(_("eta"), null=True)
    expires = models.DateTimeField(_("expires"), null=True)

    owner = ExactCharField(_("owner"), max_length=ID_LENGTH, null=True)
    about = ExactCharField(_("about"), max_length=ID_LENGTH, null=True)

    tree = ExactCharField(_("tree"), max_length=ID_LENGTH, null=True)
    """The tasks that belong together share it: the id of the first of them, or of a bare group."""
    previous = ExactCharField(_("previous"), max_length=ID_LENGTH, null=True)
    """The task, or the group, after whose success it runs."""
    position = models.IntegerField(_("position"), null=True)
    """Its place in its group, from 0."""
    retry_of = ExactCharField(_("retry of"), max_length=ID_LENGTH, null=True)
    """The task that somebody sent again as this one."""

    args = models.JSONField(_("arguments"), null=True)
    kwargs = models.JSONField(_("keyword arguments"), null=True)
    options = models.JSONField(_("options"), null=True)
    """How it was sent: queue, priority, time limits."""
    arguments_kept = models.BooleanField(_("arguments kept"), null=True)
    """Whether the arguments stand here as they were, neither masked nor cut; null where nobody knows them."""
    result = models.JSONField(_("result"), null=True)
    result_kept = models.BooleanField(_("result kept"), null=True)
    """The same for the result."""

    cancel_requested = models.BooleanField(_("cancel requested"), db_default=False)

    objects = TaskLogManager()

    class Meta:
        verbose_name = _("task log")
        verbose_name_plural = _("task logs")
        default_permissions = ("view",)
        permissions = [
            ("view_tasklog_details", _("Can see tracebacks, arguments and captured logs")),
            ("cancel_tasklog", _("Can cancel tasks")),
            ("retry_tasklog", _("Can send tasks again")),
            ("delete_tasklog", _("Can delete task logs")),
        ]
        indexes = [
            models.Index(fields=["created", "id"], name="progress_log_created"),
            models.Index(fields=["state", "created", "id"], name="progress_log_state"),
            # What stands behind the id is looked at without reading the row, where two filters seldom meet.
            models.Index(fields=["task_name", "created", "id", "state"], name="progress_log_name"),
            models.Index(fields=["owner", "created", "id", "state", "task_name"], name="progress_log_owner"),
            models.Index(fields=["about", "created", "id", "state"], name="progress_log_about"),
            models.Index(fields=["root", "created", "id"], name="progress_log_root"),
            models.Index(fields=["tree", "created", "id"], name="progress_log_tree"),
            models.Index(fields=["state", "end", "id"], name="progress_log_end"),
            models.Index(fields=["group"], name="progress_log_group"),
        ]

    def __str__(self) -> str:
        return f"{self.task_name} ({self.task_uuid})"


class TaskTag(models.Model):
    """A word that an author put on a task, to find it again."""

    task_log = models.ForeignKey(TaskLog, models.CASCADE, related_name="tags", db_index=False)
    tag = ExactCharField(_("tag"), max_length=ID_LENGTH)
    created = models.DateTimeField(db_default=Now())
    """That of the log, so that an index has the logs of each tag in their order."""

    objects = RowManager()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["task_log", "tag"], name="progress_tag_once")]
        indexes = [models.Index(fields=["tag", "created", "task_log"], name="progress_tag_created")]

    def __str__(self) -> str:
        return str(self.tag)


class TaskTree(models.Model):
    """How far the tasks that belong together are, counted when they change and not when it is read."""

    key = ExactCharField(max_length=ID_LENGTH, unique=True)
    tasks = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    """Those that have ended, well or badly."""
    failed = models.IntegerField(default=0)
    percent = models.FloatField(default=0.0)
    """Each task counts the same, one that runs by its own percentage; it never falls."""
    updated = models.DateTimeField()

    objects = RowManager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.key)


class Process(models.Model):
    """A process that runs tasks. Its times are of the database's clock, in UTC, whatever TIME_ZONE says."""

    token = ExactCharField(max_length=RUN_LENGTH, unique=True)
    host = models.CharField(max_length=255)
    pid = models.IntegerField()
    started = models.DateTimeField()
    heartbeat = models.DateTimeField(null=True)
    pruned = models.DateTimeField(null=True)
    """In the oldest row: when a process last began to delete old logs, for all of them."""

    objects = RowManager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.pid} on {self.host}"


class Attempt(models.Model):
    """One execution of a task."""

    task_log = models.ForeignKey(TaskLog, models.CASCADE, related_name="attempt_set", db_index=False)
    number = models.IntegerField()
    run = ExactCharField(max_length=RUN_LENGTH, unique=True)
    retries = models.IntegerField(default=0)
    redelivered = models.BooleanField(default=False)
    worker = models.CharField(max_length=255, null=True)
    process = models.ForeignKey(
        Process, models.DO_NOTHING, related_name="+", null=True, db_index=False, db_constraint=False
    )
    """Null, or a row that is gone, where nobody knows."""
    state = models.CharField(max_length=16, choices=STATE_CHOICES)
    start = models.DateTimeField()
    end = models.DateTimeField(null=True)
    failure = models.JSONField(null=True)
    """{"type", "text", "step", "traceback"}; step is the number of the step where it arose, or null."""
    stalled = models.JSONField(null=True)
    """{"step", "since", "frames"} while it goes on and does not change; since is in seconds of the epoch."""

    objects = RowManager()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["state", "process"], name="progress_attempt_process")]
        constraints = [models.UniqueConstraint(fields=["task_log", "number"], name="progress_attempt_number")]

    def __str__(self) -> str:
        return f"{self.task_log_id}, attempt {self.number}"


class Step(Progress):
    """A named block of code."""

    task_log = models.ForeignKey(
        TaskLog, models.CASCADE, related_name="steps", db_index=False, db_constraint=False
    )
    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="steps", db_index=False)
    number = models.BigIntegerField()
    parent = models.BigIntegerField(null=True)
    name = models.TextField()
    state = models.CharField(max_length=16, choices=STATE_CHOICES)
    start = models.DateTimeField(null=True)
    end = models.DateTimeField(null=True)
    failure = models.JSONField(null=True)
    n = models.BigIntegerField()
    seq = models.BigIntegerField()
    opened_seq = models.BigIntegerField()
    """The cursor at which the step first appeared; its first line in the text stands there."""

    objects = RowManager()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["attempt", "number"], name="progress_step_number")]
        indexes = [models.Index(fields=["task_log", "seq"], name="progress_step_seq")]

    def __str__(self) -> str:
        return self.name


class Message(models.Model):
    """One line: said by the author, captured from logging, or a gap."""

    task_log = models.ForeignKey(
        TaskLog, models.CASCADE, related_name="messages", db_index=False, db_constraint=False
    )
    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="messages", db_index=False)
    n = models.BigIntegerField()
    seq = models.BigIntegerField()
    step = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    level = models.CharField(max_length=16)
    text = models.TextField()
    data = models.JSONField(null=True)
    replace = ExactCharField(max_length=ID_LENGTH, null=True)
    source = models.CharField(max_length=16)
    public = models.BooleanField()

    objects = RowManager()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["attempt", "n"], name="progress_message_n")]
        indexes = [models.Index(fields=["task_log", "seq"], name="progress_message_seq")]

    def __str__(self) -> str:
        return self.text
