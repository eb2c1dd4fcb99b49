"""The in-process truth of a run. Nothing in this package imports Django."""
