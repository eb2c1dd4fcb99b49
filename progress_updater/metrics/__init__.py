"""Numbers for Prometheus; needs the extra `metrics`."""
