"""The admin API says what went wrong in the words of the serving API."""

from __future__ import annotations

import json
import logging

import pytest

from headway.controller.problems import ServingProblems
from headway.errors import OverloadedError, StoreError


def test_what_clients_are_not_told_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    reply = ServingProblems().reply(StoreError("at /srv/x"), path="/p", request_id="r1")
    document = json.loads(reply.body)
    assert (reply.status, document["instance"], document["request_id"]) == (503, "/p", "r1")
    assert "/srv" not in document["detail"]
    assert "request r1 to /p: at /srv/x" in caplog.text


def test_headers_belong_to_an_error() -> None:
    problems = ServingProblems()
    overloaded = problems.reply(OverloadedError("x", retry_after_s=2), path="/", request_id="r")
    assert overloaded.headers == ((b"retry-after", b"2"),)
    wrong = problems.reply(problems.method_not_allowed("PUT", ("GET",)), path="/", request_id="r")
    assert (wrong.status, wrong.headers) == (405, ((b"allow", b"GET"),))
    assert problems.reply(problems.no_such_path("/x"), path="/x", request_id="r").status == 404
