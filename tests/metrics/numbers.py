"""What Prometheus reads."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

Numbers = dict[tuple[str, frozenset[tuple[str, str]]], float]


def parsed(text: str) -> Numbers:
    """Read the text format."""
    return {
        (sample.name.removeprefix("progress_updater_"), frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def collected(collector: Collector) -> Numbers:
    """Ask a collector."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    return parsed(generate_latest(registry).decode())


def of(numbers: Numbers, metric: str, /, **labels: str) -> float | None:
    """Return one number."""
    return numbers.get((metric, frozenset(labels.items())))
