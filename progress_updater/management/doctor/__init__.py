"""What manage.py tasklog doctor examines."""
