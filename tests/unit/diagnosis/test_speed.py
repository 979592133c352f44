"""What an answer costs is measured through the request path, and compared to the time limit."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from crafted import crafted_plan
from headway.diagnosis.speed import check_speed
from headway.errors import RuntimeLoadError, TrustRefusedError
from headway.serving.plan import Limits
from headway.wiring import load_release

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from headway.diagnosis.finding import Finding


def ticking(step_s: float) -> Callable[[], float]:
    """A processor that spends the same between any two looks at it."""
    ticks = itertools.count()
    return lambda: next(ticks) * step_s


def findings(folder: Path, step_s: float, limits: Limits | None = None) -> list[Finding]:
    plan = crafted_plan(folder, limits=limits)
    return list(check_speed("credit:3", lambda: load_release(plan), ticking(step_s)))


def test_one_row_and_a_hundred_are_measured(tmp_path: Path) -> None:
    load, speed = findings(tmp_path, 0.000_2)
    assert (load.state, speed.state) == ("ok", "ok")
    assert "12 golden rows answered as recorded" in load.measured
    assert speed.measured == "1 us of CPU for one row, 0.0 us a row for 100"


def test_a_slow_model_is_asked_seldom(tmp_path: Path) -> None:
    _, speed = findings(tmp_path, 2.0)
    assert speed.measured == "2,000,000 us of CPU for one row"


def test_a_row_that_takes_longer_than_its_limit_has_failed(tmp_path: Path) -> None:
    _, speed = findings(tmp_path, 0.06, Limits(timeout_ms=50))
    assert speed.state == "failed"
    assert "50 ms" in str(speed.hint)


def test_no_limit_is_no_limit(tmp_path: Path) -> None:
    _, speed = findings(tmp_path, 0.06, Limits(timeout_ms=0))
    assert speed.state == "ok"


def test_no_more_rows_than_are_allowed_are_asked(tmp_path: Path) -> None:
    _, speed = findings(tmp_path, 0.000_2, Limits(max_rows=7))
    assert speed.measured.endswith("a row for 7")


def test_real_time_is_measured(tmp_path: Path) -> None:
    plan = crafted_plan(tmp_path)
    _, speed = check_speed("credit:3", lambda: load_release(plan))
    assert speed.state == "ok"
    assert int(speed.measured.split()[0].replace(",", "")) > 0


def test_code_that_is_not_trusted_is_a_warning() -> None:
    def load() -> None:
        raise TrustRefusedError("not yours", hint="give `--trust`")

    (finding,) = check_speed("credit:3", load)  # type: ignore[arg-type]
    assert (finding.state, finding.hint) == ("warning", "give `--trust`")


def test_a_release_that_does_not_load_is_for_the_caller_to_tell() -> None:
    def load() -> None:
        raise RuntimeLoadError("broken")

    with pytest.raises(RuntimeLoadError):
        list(check_speed("credit:3", load))  # type: ignore[arg-type]
