from __future__ import annotations

import msgspec

from headway.errors import BundleCorruptError
from headway.serving.readiness import Readiness


def test_a_server_is_loading_until_it_is_told_otherwise() -> None:
    readiness = Readiness(7)
    assert readiness.report().status == "loading"
    assert readiness.report().revision == 7
    assert not readiness.is_loaded


def test_a_loaded_server_names_its_models() -> None:
    readiness = Readiness(7)
    readiness.note_loaded({"credit": ["3"]})
    assert msgspec.to_builtins(readiness.report()) == {
        "status": "ready",
        "revision": 7,
        "models": {"credit": ["3"]},
    }
    assert readiness.is_loaded


def test_a_failure_says_its_kind_and_no_path() -> None:
    readiness = Readiness(7)
    readiness.note_failed(BundleCorruptError("`/srv/secret/graph.onnx` is missing"))
    report = readiness.report()
    assert report.status == "failed"
    assert "bundle.corrupt" in (report.reason or "")
    assert "secret" not in (report.reason or "")
    assert not readiness.is_loaded


def test_draining_stands_over_whatever_loading_does() -> None:
    readiness = Readiness(7)
    readiness.note_draining()
    readiness.note_loaded({"credit": ["3"]})
    assert readiness.report().status == "draining"
    assert readiness.report().models == {"credit": ["3"]}
    assert readiness.is_loaded
