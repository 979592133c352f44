from __future__ import annotations

from headway.contract.model import Contract, Output
from headway.core.dtypes import Task
from headway.releases.release import RegisterRequest, Release


def test_a_release_has_an_address() -> None:
    release = Release(
        name="credit",
        version="7",
        aliases=(),
        digest="ab",
        form="native",
        reason="native, because",
        contract=Contract((), Output(Task.OTHER)),
        metrics={},
        notes=(),
        absent={},
    )
    assert release.address == "credit:7"


def test_a_request_keeps_rows_unless_it_says_otherwise() -> None:
    request = RegisterRequest(name="credit", model=None, X=None)
    assert request.rows == "keep"
    assert (request.alias, request.evaluation, request.holdout_ratio) == (None, None, None)
