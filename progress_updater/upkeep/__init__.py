"""What keeps the records true while time passes: heartbeats, lost tasks, stalled tasks."""
