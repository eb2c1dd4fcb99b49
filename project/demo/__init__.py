"""`make demo`: the site with its worker, started together and stopped together.

The program itself is plain Python; all that needs Django runs in processes that it starts, so that it can
stop at any moment.
"""
