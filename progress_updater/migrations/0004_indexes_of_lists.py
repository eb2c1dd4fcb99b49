import django.db.models.functions.datetime
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def tell_tags(apps, schema_editor):
    alias = schema_editor.connection.alias
    tags = apps.get_model('progress_updater', 'TaskTag').objects.using(alias)
    logs = apps.get_model('progress_updater', 'TaskLog').objects.using(alias)
    tags.update(created=Subquery(logs.filter(pk=OuterRef('task_log_id')).values('created')))


class Migration(migrations.Migration):

    dependencies = [
        ('progress_updater', '0003_calls'),
    ]

    operations = [
        migrations.AddField(
            model_name='tasktag',
            name='created',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
        migrations.RunPython(tell_tags, migrations.RunPython.noop),
        migrations.RemoveIndex(
            model_name='tasktag',
            name='progress_tag_log',
        ),
        migrations.AddIndex(
            model_name='tasktag',
            index=models.Index(fields=['tag', 'created', 'task_log'], name='progress_tag_created'),
        ),
        migrations.RemoveIndex(
            model_name='tasklog',
            name='progress_log_name',
        ),
        migrations.AddIndex(
            model_name='tasklog',
            index=models.Index(fields=['task_name', 'created', 'id', 'state'], name='progress_log_name'),
        ),
        migrations.RemoveIndex(
            model_name='tasklog',
            name='progress_log_owner',
        ),
        migrations.AddIndex(
            model_name='tasklog',
            index=models.Index(fields=['owner', 'created', 'id', 'state', 'task_name'], name='progress_log_owner'),
        ),
        migrations.RemoveIndex(
            model_name='tasklog',
            name='progress_log_about',
        ),
        migrations.AddIndex(
            model_name='tasklog',
            index=models.Index(fields=['about', 'created', 'id', 'state'], name='progress_log_about'),
        ),
    ]
