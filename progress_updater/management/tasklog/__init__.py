"""The sub-commands of manage.py tasklog, one in each module."""
