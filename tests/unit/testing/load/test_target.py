from __future__ import annotations

import pytest

from headway.errors import ConfigError
from headway.testing.load.target import predict_path, target_at


def test_a_request_has_what_a_server_needs():
    target = target_at("http://127.0.0.1:81/base", "/predict", "credit", api_key="secret")
    lines = target.request(b"{}").split(b"\r\n")
    assert lines[0] == b"POST /base/predict HTTP/1.1"
    assert {b"Host: 127.0.0.1:81", b"Authorization: Bearer secret"} <= set(lines)
    assert {b"Content-Type: application/json", b"Content-Length: 2"} <= set(lines)
    assert lines[-2:] == [b"", b"{}"]
    assert "secret" not in repr(target)


def test_https_is_refused_with_what_to_do():
    with pytest.raises(ConfigError, match="HTTPS"):
        target_at("https://example.org", "/predict", "credit")


def test_a_path_names_version_and_method_where_they_matter():
    assert predict_path("credit", None, "predict") == "/models/credit/predict"
    assert predict_path("a b", "7", "predict") == "/models/a%20b/versions/7/predict"
