"""What manage.py tasklog prune deletes."""
