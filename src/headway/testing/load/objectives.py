"""What a server has to keep: `p99=20ms`, `errors=0.1%`; and whether it was kept."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Literal

import numpy as np

from headway.errors import ConfigError
from headway.testing.load.percentiles import needed_samples, percentile_name, quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.testing.load.samples import Samples

Verdict = Literal["kept", "missed", "not measured"]

ERRORS = "errors"
DEFAULT_ERROR_RATIO = 0.001
# of the rate that was asked for; below it the server met another load
LEAST_OFFERED_RATIO = 0.98
_SATURATED_RATIO = 0.95
_LATENCY = re.compile(r"(?:p(?P<percent>[0-9.]+)|max)=(?P<value>[0-9.]+)(?P<unit>us|ms|s)")
_ERRORS = re.compile(r"errors=(?P<value>[0-9.]+)%")
_UNITS_MS = {"us": 1e-3, "ms": 1.0, "s": 1e3}
_HINT = "write p50=5ms, p99=20ms, p99.9=0.1s, max=1s or errors=0.1%"


@dataclasses.dataclass(frozen=True, slots=True)
class Objective:
    """One thing to keep.

    Attributes:
        name: `p99`, `max` or `errors`.
        share: Share of the requests that must be as fast; 1 for `max`, `None` for `errors`.
        required: At most so many milliseconds; for `errors` at most such a share.
    """

    name: str
    share: float | None
    required: float


@dataclasses.dataclass(frozen=True, slots=True)
class Judgement:
    """Whether an objective was kept.

    Attributes:
        objective: What was to be kept.
        measured: What was measured, as `required`; `None` where nothing was.
        verdict: Whether it was kept, and whether that can be said at all.
        reason: Why it cannot be said.
    """

    objective: Objective
    measured: float | None
    verdict: Verdict
    reason: str = ""


def read_objectives(texts: Sequence[str]) -> tuple[Objective, ...]:
    """Return objectives as they are written; with any of them, errors may be 0.1 % where nothing else is said.

    Raises:
        ConfigError: One of them is none, or stands twice.

    Examples:
        >>> [objective.name for objective in read_objectives(["p99.9=0.1s"])]
        ['p99.9', 'errors']
    """
    found = [_read(text.strip()) for text in texts]
    names = [objective.name for objective in found]
    if len(set(names)) < len(names):
        raise ConfigError(f"an objective stands twice: {', '.join(texts)}", hint=_HINT)
    if found and ERRORS not in names:
        found.append(Objective(ERRORS, None, DEFAULT_ERROR_RATIO))
    return tuple(found)


def judge(objectives: Sequence[Objective], samples: Samples, rate_per_s: float) -> list[Judgement]:
    """Say of each objective whether it was kept at a rate.

    What is missed only because the generator itself was late is not measured, and neither is anything
    where it sent less than the rate.
    """
    offered = samples.offered_per_s
    n_due_per_s = min(rate_per_s, len(samples.due_s) / samples.duration_s)
    if offered < LEAST_OFFERED_RATIO * n_due_per_s:
        reason = f"the generator sent {offered:,.0f} of {n_due_per_s:,.0f} requests a second"
        return [Judgement(objective, None, "not measured", reason) for objective in objectives]
    return [
        _judge_errors(objective, samples)
        if objective.share is None
        else _judge_latency(objective, objective.share, samples)
        for objective in objectives
    ]


def verdict_of(judgements: Sequence[Judgement]) -> Verdict:
    """Return the verdict on all of them: one that was missed decides."""
    verdicts = {judgement.verdict for judgement in judgements}
    if "missed" in verdicts:
        return "missed"
    return "not measured" if "not measured" in verdicts else "kept"


def _read(text: str) -> Objective:
    errors = _ERRORS.fullmatch(text)
    latency = _LATENCY.fullmatch(text)
    try:
        if errors:
            return Objective(ERRORS, None, float(errors["value"]) / 100)
        if latency:
            share = 1.0 if latency["percent"] is None else float(latency["percent"]) / 100
            required_ms = float(latency["value"]) * _UNITS_MS[latency["unit"]]
            if latency["percent"] is None:
                return Objective("max", 1.0, required_ms)
            if 0 < share < 1:
                return Objective(percentile_name(share), share, required_ms)
    except ValueError:  # such as `1.2.3`
        pass
    raise ConfigError(f"`{text}` is no objective", hint=_HINT)


def _judge_errors(objective: Objective, samples: Samples) -> Judgement:
    if not len(samples.status):
        return Judgement(objective, None, "not measured", "no request was due")
    is_kept = samples.error_ratio <= objective.required
    return Judgement(objective, samples.error_ratio, "kept" if is_kept else "missed")


def _judge_latency(objective: Objective, share: float, samples: Samples) -> Judgement:
    latency_ms = np.sort(samples.latency_ms())
    n_needed = 1 if objective.name == "max" else needed_samples(share)
    if len(latency_ms) < n_needed:
        reason = f"{objective.name} needs {n_needed:,} replies; there are {len(latency_ms):,}"
        return Judgement(objective, None, "not measured", reason)
    measured = quantile(latency_ms, share)
    if measured <= objective.required:
        return Judgement(objective, measured, "kept")
    of_server = quantile(np.sort(samples.latency_of_server_ms()), share)
    if of_server > objective.required and samples.busy_ratio < _SATURATED_RATIO:
        return Judgement(objective, measured, "missed")
    late_ms = quantile(np.sort(samples.lateness_ms()), share)
    reason = (
        f"the generator was the limit: late by {late_ms:,.3g} ms ({objective.name}), busy "
        f"{samples.busy_ratio:.0%} of the time"
    )
    return Judgement(objective, measured, "not measured", reason)
