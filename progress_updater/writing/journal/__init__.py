"""The journal: each change of a run is in a file before the author's call returns."""
