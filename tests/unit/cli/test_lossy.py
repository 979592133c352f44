from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from headway.cli.console import Console
from headway.cli.invocation import Invocation
from headway.cli.lossy import make_lossy, print_quantised
from headway.releases.loss import Change, Latency
from headway.releases.quantise import Quantised
from headway.releases.release import Release
from small_nets import net_contract
from unit.releases.test_loss import REPORT

if TYPE_CHECKING:
    from pathlib import Path

RELEASE = Release(
    name="net",
    version="2",
    aliases=("small",),
    digest="ab12",
    form="lowered",
    reason="lowered, int8 (lossy) of net:1: accuracy 1 -> 0.5",
    contract=net_contract(),
    metrics={"accuracy": 0.5},
    notes=(),
    absent={},
    moved={"small": "1"},
)


def printed(*, json: bool = False, **changes: Any) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    report = msgspec.structs.replace(REPORT, **changes)
    console = Console(json=json, color=False, out=out, err=err)
    print_quantised(Invocation(console), Quantised(RELEASE, report))
    return out.getvalue(), err.getvalue()


def test_the_report_has_both_forms_side_by_side() -> None:
    out, err = printed(n_calibration_rows=2_000)
    lines = out.splitlines()
    assert lines[0] == "registered net:2, lowered, int8 (lossy) of net:1: accuracy 1 -> 0.5"
    assert "alias net@small" in lines[1]
    assert lines[2].split() == ["net:1", "net:2"]
    assert lines[3].split() == ["size", "MB", "2", "0.5"]
    assert "made by onnxruntime 1.32: weights in int8" in out
    assert "calibrated on 2,000 rows" in out
    assert "measured on 3 rows over HTTP; `accuracy` was allowed to become 0.6 worse" in out
    assert err == "serve it: headway serve net:2\n"


def test_what_is_no_gain_is_noted() -> None:
    _, err = printed(size_bytes=Change(10, 12), latencies=(Latency(1, 10, 11), Latency(8, 10, 13)))
    assert "no smaller" in err
    assert "slower here, with 8 rows at once" in err


def test_the_document_holds_all_of_it() -> None:
    document = json.loads(printed(json=True)[0])
    assert (document["name"], document["version"], document["aliases"]) == ("net", "2", ["small"])
    assert document["report"] == json.loads(REPORT.to_json())


def test_files_become_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    def optimize(address: str, **given: Any) -> Quantised:
        asked.update(given, address=address)
        return Quantised(RELEASE, REPORT)

    monkeypatch.setattr("headway.api.optimize", optimize)
    (tmp_path / "rows.csv").write_text("a,y\n1,2\n3,4\n")
    options = {
        "to": "int8",
        "calibrate": tmp_path / "rows.csv",
        "evaluation": tmp_path / "rows.csv",
    }
    invocation = Invocation(Console(json=True, out=io.StringIO()))
    make_lossy(invocation, "net", {**options, "target": "y"})
    assert (asked["address"], asked["to"]) == ("net", "int8")
    assert list(asked["calibrate"].columns) == ["a"]
    features, labels = asked["evaluation"]
    assert (list(features.columns), labels.tolist()) == (["a"], [2, 4])
    make_lossy(invocation, "net", {**options, "target": None, "calibrate": None})
    assert asked["calibrate"] is None
    assert asked["evaluation"][1] is None
