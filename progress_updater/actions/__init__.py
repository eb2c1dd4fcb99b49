"""What people do to tasks: send them again, cancel them. The API and the admin call this."""
