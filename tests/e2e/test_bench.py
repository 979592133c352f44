"""`headway bench`: what a person sees of a second of load."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from e2e.terminal import Terminal


def test_a_release_is_measured_and_drawn(terminal: Terminal) -> None:
    result = terminal.run(
        *("bench", "credit", "--rps", "200", "--for", "1s", "--warm-up", "200ms", "--workers", "1"),
        *("--slo", "p50=5s", "--slo", "max=1us", "--out", "report.html"),
    )
    assert result.code == 7, result.err
    assert "evaluation rows of credit:1" in result.out
    assert "credit:1: p50 " in result.out
    assert "at most 5,000 ms: kept" in result.out
    assert "at most 0.001 ms: missed" in result.out
    assert "Traceback" not in result.err
    page = (terminal.folder / "report.html").read_text()
    assert page.count("<svg") == 2
    assert "credit:1" in page


def test_a_running_server_is_measured(terminal: Terminal, server: str) -> None:
    result = terminal.run(
        *("bench", "credit:1", "--url", server, "--rps", "100", "--for", "500ms"),
        *("--warm-up", "0s", "--json"),
    )
    assert result.code == 0, result.err
    (measured,) = result.document["measurements"]
    assert measured["n_answered"] == measured["n_requests"] > 10
    assert measured["cpu_us_per_request"] is None
