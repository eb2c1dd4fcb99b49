"""Where the writer writes."""
