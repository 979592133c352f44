"""A real server under a second of load: what it does, and what a stall does to those behind it."""

from __future__ import annotations

import html.parser
from typing import TYPE_CHECKING

import pytest

import headway
from crafted import ROW, write_crafted_bundle
from headway.testing.load.picture import page

if TYPE_CHECKING:
    from pathlib import Path

# about 0.1 s of computing on the event loop
STALL = {"spin": 50_000}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("bundle") / "credit"
    write_crafted_bundle(path)
    return str(path)


def test_a_release_is_measured_with_its_own_rows(folder: str) -> None:
    report = headway.bench(
        folder,
        rate_per_s=300,
        duration_s=1.5,
        warm_up_s=0.3,
        slo=("p90=5s", "errors=0%"),
        batch_rows="1:0.8,5:0.2",
        method="predict_proba",
        workers=1,
    )
    (measured,) = report.measurements
    assert report.verdict == "kept", report.as_dict()
    assert report.rows == "12 golden rows of credit:local"
    assert measured.samples.n_answered > 300
    assert measured.cpu_s > 0
    assert measured.memory_bytes > 20e6
    assert set(measured.samples.n_rows.tolist()) == {1, 5}
    html.parser.HTMLParser().feed(page(report))


def test_one_stall_is_seen_by_all_that_were_due_in_it(folder: str) -> None:
    rows = [ROW] * 120 + [ROW | STALL] + [ROW] * 120
    report = headway.bench(
        folder,
        rate_per_s=200,
        duration_s=1.2,
        warm_up_s=0,
        arrivals="constant",
        rows=rows,
        workers=1,
        max_connections=1,
    )
    samples = report.measurements[0].samples
    assert samples.n_answered == len(samples.status)
    # one row in 240 stalls; who waits for a reply before it sends the next would count one slow reply
    assert (samples.latency_ms() > 40).sum() >= 6


def test_rows_that_the_contract_refuses_are_errors_with_their_reason(folder: str) -> None:
    with headway.serve(folder, background=True) as server:
        report = headway.bench(
            "credit",
            url=server.url,
            rows=[ROW | {"age": 4}],
            rate_per_s=50,
            duration_s=0.5,
            warm_up_s=0,
            slo="errors=1%",
        )
    (measured,) = report.measurements
    assert report.verdict == "missed"
    assert measured.samples.refused() == {422: len(measured.samples.status)}
    assert "age" in measured.samples.failure
    assert measured.cpu_s is None


def test_two_versions_are_compared(folder: str, tmp_path: Path) -> None:
    write_crafted_bundle(tmp_path / "slower", spin=300)
    report = headway.bench(
        folder, str(tmp_path / "slower"), rate_per_s=100, duration_s=1.5, warm_up_s=0.2
    )
    assert report.comparison is not None
    assert report.comparison.p50_difference_ms is not None
    assert len(report.measurements) == 2
