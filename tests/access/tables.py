"""Who gets what: the tables that the tests compare with real answers.

The cells of a field: "yes" is all that a superuser sees, "part" is less, or something in its place, "null" is
no value or an empty list, "-" is nothing: no such key, or no answer. What lists add stands behind "page", the
answers of other shapes behind "tree", "flower" and "celery-progress"; all others have fields of the record.
"""

from typing import Final

from tests.access.reading import changed, read

STATUSES: Final = read("""
                                              anonymous  token  other  owner  viewer  details  superuser
GET progress_updater:tasklog-list             401        401    200    200    200     200      200
GET progress_updater:tasklog-detail           401        200    404    200    200     200      200
GET progress_updater:tasklog-detail?after=0   401        200    404    200    200     200      200
GET progress_updater:tasklog-messages         401        200    404    200    200     200      200
GET progress_updater:tasklog-steps            401        200    404    200    200     200      200
GET progress_updater:tasklog-tree             401        200    404    200    200     200      200
GET progress_updater:tasklog-log              401        200    404    200    200     200      200
POST progress_updater:tasklog-cancel          401        401    404    202    403     403      202
POST progress_updater:tasklog-retry           401        401    404    403    403     403      201
DELETE progress_updater:tasklog-detail        401        401    404    403    403     403      204
GET progress_updater:schema                   401        401    200    200    200     200      200
GET progress_updater:docs                     401        401    200    200    200     200      200
GET progress_updater:docs-asset               401        401    200    200    200     200      200
GET progress_updater:metrics                  401        401    403    403    403     200      200
GET celery_progress:task_status               200        200    200    200    200     200      200
GET celery_progress:group_status              200        200    200    200    200     200      200
GET generous:task_status                      200        200    200    200    200     200      200
GET generous:group_status                     200        200    200    200    200     200      200
GET flower:tasks                              401        401    403    403    403     200      200
GET flower:task_types                         401        401    403    403    403     200      200
GET flower:task_info                          401        401    403    403    403     200      200
GET admin:progress_updater_tasklog_changelist 302        302    403    403    200     200      200
GET admin:progress_updater_tasklog_add        302        302    403    403    403     403      403
GET admin:progress_updater_tasklog_history    302        302    403    403    200     200      200
GET admin:progress_updater_tasklog_delete     302        302    403    403    403     403      403
GET admin:progress_updater_tasklog_change     302        302    403    403    200     200      200
""")
"""What each address answers; where it is of one task, of each of the owner's."""

FIELDS: Final = read("""
                                              anonymous  token  other  owner  viewer  details  superuser
task_name                                     -          yes    -      yes    yes     yes      yes
task_uuid                                     -          yes    -      yes    yes     yes      yes
start                                         -          yes    -      yes    yes     yes      yes
end                                           -          yes    -      yes    yes     yes      yes
exception                                     -          yes    -      yes    yes     yes      yes
finished                                      -          yes    -      yes    yes     yes      yes
status                                        -          yes    -      yes    yes     yes      yes
state                                         -          yes    -      yes    yes     yes      yes
custom_state                                  -          yes    -      yes    yes     yes      yes
celery_name                                   -          yes    -      yes    yes     yes      yes
seq                                           -          yes    -      yes    yes     yes      yes
now                                           -          yes    -      yes    yes     yes      yes
updated                                       -          yes    -      yes    yes     yes      yes
queued                                        -          yes    -      yes    yes     yes      yes
runtime                                       -          yes    -      yes    yes     yes      yes
alive                                         -          yes    -      yes    yes     yes      yes
stalled.step                                  -          yes    -      yes    yes     yes      yes
stalled.since                                 -          yes    -      yes    yes     yes      yes
stalled.frames[].file                         -          -      -      -      -       yes      yes
stalled.frames[].line                         -          -      -      -      -       yes      yes
stalled.frames[].function                     -          -      -      -      -       yes      yes
cancel_requested                              -          yes    -      yes    yes     yes      yes
progress.current                              -          yes    -      yes    yes     yes      yes
progress.total                                -          yes    -      yes    yes     yes      yes
progress.unit                                 -          yes    -      yes    yes     yes      yes
progress.percent                              -          yes    -      yes    yes     yes      yes
progress.failed                               -          yes    -      yes    yes     yes      yes
progress.message                              -          yes    -      yes    yes     yes      yes
progress.rate                                 -          yes    -      yes    yes     yes      yes
progress.remaining                            -          yes    -      yes    yes     yes      yes
attempt                                       -          yes    -      yes    yes     yes      yes
attempts[].number                             -          yes    -      yes    yes     yes      yes
attempts[].state                              -          yes    -      yes    yes     yes      yes
attempts[].start                              -          yes    -      yes    yes     yes      yes
attempts[].end                                -          yes    -      yes    yes     yes      yes
attempts[].worker                             -          null   -      null   null    yes      yes
attempts[].process                            -          null   -      null   null    yes      yes
attempts[].failure.type                       -          yes    -      yes    yes     yes      yes
attempts[].failure.text                       -          yes    -      yes    yes     yes      yes
attempts[].failure.step                       -          yes    -      yes    yes     yes      yes
attempts[].failure.where                      -          yes    -      yes    yes     yes      yes
attempts[].failure.traceback                  -          -      -      -      -       yes      yes
root                                          -          yes    -      yes    yes     yes      yes
parent                                        -          yes    -      yes    yes     yes      yes
group                                         -          yes    -      yes    yes     yes      yes
queue                                         -          null   -      null   yes     yes      yes
tags[]                                        -          yes    -      yes    yes     yes      yes
about                                         -          yes    -      yes    yes     yes      yes
owner                                         -          null   -      null   yes     yes      yes
eta                                           -          yes    -      yes    yes     yes      yes
expires                                       -          yes    -      yes    yes     yes      yes
retry_of                                      -          yes    -      yes    yes     yes      yes
args                                          -          null   -      null   null    yes      yes
kwargs                                        -          null   -      null   null    yes      yes
options                                       -          null   -      null   null    yes      yes
arguments_kept                                -          null   -      null   null    yes      yes
result                                        -          null   -      null   null    yes      yes
result_kept                                   -          null   -      null   null    yes      yes
tree                                          -          yes    -      yes    yes     yes      yes
previous                                      -          yes    -      yes    yes     yes      yes
position                                      -          yes    -      yes    yes     yes      yes
whole.tasks                                   -          null   -      null   yes     yes      yes
whole.done                                    -          null   -      null   yes     yes      yes
whole.failed                                  -          null   -      null   yes     yes      yes
whole.percent                                 -          yes    -      yes    yes     yes      yes
failure.type                                  -          yes    -      yes    yes     yes      yes
failure.text                                  -          yes    -      yes    yes     yes      yes
failure.step                                  -          yes    -      yes    yes     yes      yes
failure.where                                 -          yes    -      yes    yes     yes      yes
failure.traceback                             -          -      -      -      -       yes      yes
log                                           -          part   -      part   part    yes      yes
steps[].id                                    -          yes    -      yes    yes     yes      yes
steps[].parent                                -          yes    -      yes    yes     yes      yes
steps[].path                                  -          yes    -      yes    yes     yes      yes
steps[].attempt                               -          yes    -      yes    yes     yes      yes
steps[].name                                  -          yes    -      yes    yes     yes      yes
steps[].state                                 -          yes    -      yes    yes     yes      yes
steps[].start                                 -          yes    -      yes    yes     yes      yes
steps[].end                                   -          yes    -      yes    yes     yes      yes
steps[].runtime                               -          yes    -      yes    yes     yes      yes
steps[].progress.current                      -          yes    -      yes    yes     yes      yes
steps[].progress.total                        -          yes    -      yes    yes     yes      yes
steps[].progress.unit                         -          yes    -      yes    yes     yes      yes
steps[].progress.percent                      -          yes    -      yes    yes     yes      yes
steps[].progress.rate                         -          yes    -      yes    yes     yes      yes
steps[].progress.remaining                    -          yes    -      yes    yes     yes      yes
steps[].seq                                   -          yes    -      yes    yes     yes      yes
steps[].failure.type                          -          yes    -      yes    yes     yes      yes
steps[].failure.text                          -          yes    -      yes    yes     yes      yes
steps[].failure.step                          -          yes    -      yes    yes     yes      yes
steps[].failure.where                         -          yes    -      yes    yes     yes      yes
steps[].failure.traceback                     -          -      -      -      -       yes      yes
messages[].seq                                -          part   -      part   part    yes      yes
messages[].attempt                            -          part   -      part   part    yes      yes
messages[].step                               -          part   -      part   part    yes      yes
messages[].at                                 -          part   -      part   part    yes      yes
messages[].level                              -          part   -      part   part    yes      yes
messages[].text                               -          part   -      part   part    yes      yes
messages[].data                               -          part   -      part   part    yes      yes
messages[].replace                            -          part   -      part   part    yes      yes
messages[].source                             -          part   -      part   part    yes      yes
gaps[].seq                                    -          yes    -      yes    yes     yes      yes
gaps[].attempt                                -          yes    -      yes    yes     yes      yes
gaps[].step                                   -          yes    -      yes    yes     yes      yes
gaps[].at                                     -          yes    -      yes    yes     yes      yes
gaps[].count                                  -          yes    -      yes    yes     yes      yes
gaps[].text                                   -          yes    -      yes    yes     yes      yes
truncated.messages                            -          part   -      part   part    yes      yes
truncated.steps                               -          yes    -      yes    yes     yes      yes
more                                          -          yes    -      yes    yes     yes      yes
page: next                                    -          null   null   null   null    null     null
page: previous                                -          null   null   null   null    null     null
page: seq                                     -          yes    -      yes    yes     yes      yes
tree: tree                                    -          yes    -      yes    yes     yes      yes
tree: task_uuid                               -          yes    -      yes    yes     yes      yes
tree: now                                     -          yes    -      yes    yes     yes      yes
tree: whole.tasks                             -          part   -      part   yes     yes      yes
tree: whole.done                              -          part   -      part   yes     yes      yes
tree: whole.failed                            -          part   -      yes    yes     yes      yes
tree: whole.percent                           -          yes    -      yes    yes     yes      yes
tree: truncated                               -          null   -      null   null    null     null
tree: children[].kind                         -          part   -      yes    yes     yes      yes
tree: children[].task_uuid                    -          part   -      yes    yes     yes      yes
tree: children[].task_name                    -          part   -      yes    yes     yes      yes
tree: children[].state                        -          part   -      yes    yes     yes      yes
tree: children[].status                       -          part   -      yes    yes     yes      yes
tree: children[].start                        -          part   -      yes    yes     yes      yes
tree: children[].end                          -          part   -      yes    yes     yes      yes
tree: children[].runtime                      -          part   -      yes    yes     yes      yes
tree: children[].progress.current             -          part   -      yes    yes     yes      yes
tree: children[].progress.total               -          part   -      yes    yes     yes      yes
tree: children[].progress.unit                -          part   -      yes    yes     yes      yes
tree: children[].progress.percent             -          part   -      yes    yes     yes      yes
tree: children[].progress.failed              -          part   -      yes    yes     yes      yes
tree: children[].progress.message             -          part   -      yes    yes     yes      yes
tree: children[].progress.rate                -          part   -      yes    yes     yes      yes
tree: children[].progress.remaining           -          part   -      yes    yes     yes      yes
tree: children[].parent                       -          part   -      yes    yes     yes      yes
tree: children[].previous                     -          part   -      yes    yes     yes      yes
tree: children[].group                        -          part   -      yes    yes     yes      yes
tree: children[].position                     -          part   -      yes    yes     yes      yes
tree: children[].asked                        -          part   -      yes    yes     yes      yes
flower: uuid                                  -          -      -      -      -       yes      yes
flower: name                                  -          -      -      -      -       yes      yes
flower: state                                 -          -      -      -      -       yes      yes
flower: received                              -          -      -      -      -       yes      yes
flower: sent                                  -          -      -      -      -       yes      yes
flower: started                               -          -      -      -      -       yes      yes
flower: rejected                              -          -      -      -      -       null     null
flower: succeeded                             -          -      -      -      -       yes      yes
flower: failed                                -          -      -      -      -       yes      yes
flower: retried                               -          -      -      -      -       yes      yes
flower: revoked                               -          -      -      -      -       null     null
flower: args                                  -          -      -      -      -       yes      yes
flower: kwargs                                -          -      -      -      -       yes      yes
flower: eta                                   -          -      -      -      -       yes      yes
flower: expires                               -          -      -      -      -       yes      yes
flower: retries                               -          -      -      -      -       yes      yes
flower: result                                -          -      -      -      -       yes      yes
flower: exception                             -          -      -      -      -       yes      yes
flower: timestamp                             -          -      -      -      -       yes      yes
flower: runtime                               -          -      -      -      -       yes      yes
flower: traceback                             -          -      -      -      -       yes      yes
flower: exchange                              -          -      -      -      -       null     null
flower: routing_key                           -          -      -      -      -       yes      yes
flower: clock                                 -          -      -      -      -       yes      yes
flower: client                                -          -      -      -      -       null     null
flower: root                                  -          -      -      -      -       yes      yes
flower: root_id                               -          -      -      -      -       yes      yes
flower: parent                                -          -      -      -      -       yes      yes
flower: parent_id                             -          -      -      -      -       yes      yes
flower: children[]                            -          -      -      -      -       yes      yes
flower: worker                                -          -      -      -      -       yes      yes
flower types: task-types[]                    -          -      -      -      -       yes      yes
celery-progress: state                        part       yes    part   yes    yes     yes      yes
celery-progress: complete                     part       yes    part   yes    yes     yes      yes
celery-progress: success                      null       yes    null   yes    yes     yes      yes
celery-progress: progress.pending             part       yes    part   yes    yes     yes      yes
celery-progress: progress.current             part       yes    part   yes    yes     yes      yes
celery-progress: progress.total               part       yes    part   yes    yes     yes      yes
celery-progress: progress.percent             part       yes    part   yes    yes     yes      yes
celery-progress: progress.description         -          yes    -      yes    yes     yes      yes
celery-progress: result                       -          part   -      part   part    yes      yes
celery-progress group: complete               yes        yes    yes    yes    yes     yes      yes
celery-progress group: success                yes        yes    yes    yes    yes     yes      yes
celery-progress group: progress.total         part       part   part   part   yes     yes      yes
celery-progress group: progress.current       part       part   part   part   yes     yes      yes
celery-progress group: progress.percent       part       part   part   part   yes     yes      yes
celery-progress: result where owners see it   -          yes    -      yes    yes     yes      yes
""")
"""What is seen of each field of the owner's tasks."""

FIELDS_OF_NO_EXCEPTION: Final = changed(
    FIELDS,
    """
                                              anonymous  token  other  owner  viewer  details  superuser
exception                                     -          part   -      part   part    yes      yes
attempts[].failure.text                       -          null   -      null   null    yes      yes
failure.text                                  -          null   -      null   null    yes      yes
steps[].failure.text                          -          null   -      null   null    yes      yes
celery-progress: result where owners see it   -          part   -      part   part    yes      yes
""",
)
"""What is different with EXCEPTION_TEXT = "staff"."""

TEXTS: Final = read("""
                                              anonymous  token  other  owner  viewer  details  superuser
argument                                      -          -      -      -      -       yes      yes
keyword argument                              -          -      -      -      -       yes      yes
option                                        -          -      -      -      -       yes      yes
result                                        -          -      -      -      -       yes      yes
traceback                                     -          -      -      -      -       yes      yes
line that is not public                       -          -      -      -      -       yes      yes
data of that line                             -          -      -      -      -       yes      yes
captured log                                  -          -      -      -      -       yes      yes
worker                                        -          -      -      -      -       yes      yes
host                                          -          -      -      -      -       yes      yes
frame                                         -          -      -      -      -       yes      yes
queue                                         -          -      -      -      yes     yes      yes
owner                                         -          -      -      -      yes     yes      yes
task of somebody else                         -          -      -      -      yes     yes      yes
text of an exception                          -          yes    -      yes    yes     yes      yes
public line                                   -          yes    -      yes    yes     yes      yes
data of a public line                         -          yes    -      yes    yes     yes      yes
step                                          -          yes    -      yes    yes     yes      yes
tag                                           -          yes    -      yes    yes     yes      yes
subject                                       -          yes    -      yes    yes     yes      yes
""")
"""Which texts of records.MARKERS stand anywhere in all answers and pages together."""

TEXTS_OF_NO_EXCEPTION: Final = changed(
    TEXTS,
    """
                                              anonymous  token  other  owner  viewer  details  superuser
text of an exception                          -          -      -      -      -       yes      yes
""",
)
"""The same with EXCEPTION_TEXT = "staff"."""
