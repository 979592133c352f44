"""The page of the metrics: what a server that has answered and refused really exposes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families
from scripts.reference.markdown import block, table

from headway.monitoring.metrics import CALL_BOUNDS, DURATION_BOUNDS_S, ROW_BOUNDS
from headway.monitoring.prometheus import LABELS, SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scripts.reference.example import ExampleServer

INTRODUCTION = """\
# Metrics

`GET /metrics` of a server, in the text format of Prometheus or, where `Accept` asks for it, in OpenMetrics. Whichever worker
is asked answers for all of them. Counters only grow, also where a worker is replaced, and the number of series depends on what is
served, never on what clients send.
"""
SCRAPE = """
```yaml
scrape_configs:
  - job_name: headway
    static_configs: [{targets: ["127.0.0.1:8000"]}]
```
"""
PREFIX = "headway_"


def metrics_page(server: ExampleServer) -> str:
    """Return the page of the metrics.

    Args:
        server: Asked for predictions, and then for its metrics.
    """
    row = {"age": 41, "amount": 1200.5, "purpose": "car"}
    server.ask("/models/NAME/predict", row)
    server.ask("/models/NAME/predict", row | {"age": 17})
    text = server.ask("/metrics").text
    families = [one for one in text_string_to_metric_families(text) if one.name.startswith(PREFIX)]
    rows = {
        name: (
            f"`{_exposed(name, one.kind)}`",
            one.kind,
            _listed_labels(one.labels),
            one.documentation,
        )
        for name, one in SHOWN.items()
    }
    for family in families:
        labels = dict.fromkeys(name for sample in family.samples for name in sample.labels)
        rows.setdefault(
            family.name,
            (
                f"`{_exposed(family.name, family.type)}`",
                family.type,
                _listed_labels(labels),
                family.documentation,
            ),
        )
    lines = [
        INTRODUCTION,
        *table(("Metric", "Type", "Labels", "Meaning"), list(rows.values())),
        "",
        "A histogram has `_bucket` with the label `le`, `_sum` and `_count`. The bounds of",
        f"`headway_request_duration_seconds` are {_listed(DURATION_BOUNDS_S)} seconds, those of",
        f"`headway_batch_rows` {_listed(ROW_BOUNDS)} rows, those of `headway_model_call_rows`",
        f"{_listed(CALL_BOUNDS)}.",
        "",
        "## Labels",
        "",
        *table(("Label", "Meaning"), [(f"`{name}`", text) for name, text in LABELS.items()]),
        "",
        "## An example",
        "",
        "To scrape a server:",
        SCRAPE,
        "After one answer and one refusal:",
        "",
        *block("text", "\n".join(_counters(text))),
    ]
    return "\n".join(lines) + "\n"


def _exposed(name: str, kind: str) -> str:
    return f"{name}_total" if kind == "counter" else name


def _listed_labels(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names if name != "le")


def _listed(bounds: Sequence[float]) -> str:
    return ", ".join(f"{bound:g}" for bound in bounds)


def _counters(text: str) -> list[str]:
    shown = ("headway_requests_total", "headway_errors_total", "headway_live_version")
    return [line for line in text.splitlines() if line.startswith(shown)]
