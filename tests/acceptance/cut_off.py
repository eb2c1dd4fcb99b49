"""What a record says of a task that talked when it was cut off, as regular expressions."""

PLACE = r", while in “(Save rows”(, [\d,]+( of [\d,]+)? rows)?|Fifty \d+”)\.$"
KILLED = rf"^Worker exited prematurely: .*{PLACE}"
DIED = rf"^The worker process \d+ on host .* died{PLACE}"
