from __future__ import annotations

import pytest

from headway.errors import (
    BundleCorruptError,
    HeadwayError,
    MissingExtraError,
    ServerError,
    TrustRefusedError,
)
from headway.supervisor.messages import Activated, Failed, Loaded, Ready, Refused, failed_report


@pytest.mark.parametrize(
    "error",
    [
        BundleCorruptError("`x` is missing", hint="fetch it"),
        TrustRefusedError("no"),
        MissingExtraError("native", "this model"),
        ServerError("port taken"),
    ],
)
def test_an_error_crosses_with_its_class_message_and_hint(error: HeadwayError) -> None:
    crossed = failed_report(error).error()
    assert type(crossed) is type(error)
    assert (crossed.message, crossed.hint, str(crossed)) == (error.message, error.hint, str(error))


def test_what_nobody_expected_becomes_an_error_of_the_server() -> None:
    crossed = failed_report(RuntimeError("boom")).error()
    assert type(crossed) is ServerError
    assert "RuntimeError: boom" in crossed.message
    assert type(Failed("made.up", "x", None).error()) is ServerError


def test_every_report_can_be_said_to_people() -> None:
    reports = [
        Ready("http://u"),
        Loaded(3, 1),
        Activated(3, 1),
        Refused(revision=3, serial=1, code="x", message="no", hint=None),
    ]
    assert [report.text() for report in reports] == [
        "ready at http://u",
        "revision 3 is loaded",
        "revision 3 is live",
        "revision 3 is refused: no",
    ]
