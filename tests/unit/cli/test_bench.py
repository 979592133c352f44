from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from headway import api
from headway.cli.main import main
from headway.testing.load.objectives import judge, read_objectives
from headway.testing.load.report import BenchReport
from unit.testing.load.made import PLAN, measurement, samples

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def asked(monkeypatch):
    """Measure nothing: every request takes 5 ms."""
    calls = []

    def bench(*addresses, **options):
        calls.append((addresses, options))
        found = samples([5] * 500)
        judged = tuple(judge(read_objectives(options["slo"]), found, 1_000))
        return BenchReport(PLAN, (measurement(found, addresses[0], judgements=judged),))

    monkeypatch.setattr(api, "bench", bench)
    return calls


@pytest.mark.parametrize(
    ("slo", "code"), [((), 0), (("p50=6ms",), 0), (("p50=4ms",), 7), (("p99.9=1s",), 7)]
)
def test_the_exit_code_is_the_verdict(asked, capsys, slo, code):
    assert main(["bench", "credit", *(f"--slo={one}" for one in slo), "--json"]) == code
    document = json.loads(capsys.readouterr().out)
    assert document["verdict"] == {0: "kept" if slo else None, 7: document["verdict"]}[code]


def test_lengths_of_time_are_read(asked):
    main(
        ["bench", "a", "b", "--rps", "50", "--for", "1.5m", "--warm-up", "500ms", "--timeout", "3"]
    )
    ((addresses, options),) = asked
    assert addresses == ("a", "b")
    assert (options["rate_per_s"], options["duration_s"]) == (50.0, 90.0)
    assert (options["warm_up_s"], options["timeout_s"]) == (0.5, 3.0)


def test_rows_of_a_file_are_sent_as_they_are(asked, tmp_path: Path):
    (tmp_path / "rows.jsonl").write_text('{"a": 1}\n{"a": null}\n')
    main(["bench", "credit", "--rows", str(tmp_path / "rows.jsonl")])
    assert asked[0][1]["rows"] == [{"a": 1}, {"a": None}]


def test_a_picture_is_written(asked, tmp_path: Path, capsys):
    assert main(["bench", "credit", "--out", str(tmp_path / "a.svg")]) == 0
    assert (tmp_path / "a.svg").read_text().startswith("<svg")
    assert "picture: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--out", "a.png"], "no name of a picture"),
        (["--out", "none/a.svg"], "no folder `none`"),
        (["--for", "long"], "no length of time"),
    ],
)
def test_nothing_is_measured_for_a_wrong_option(asked, capsys, arguments, says):
    assert main(["bench", "credit", *arguments]) == 2
    assert says in capsys.readouterr().err
    assert asked == []
