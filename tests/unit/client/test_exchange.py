"""What is asked, and when it may be asked again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headway.client.exchange import MAX_ATTEMPTS, Answer, model_call, part_of, predict_call
from headway.errors import MalformedInputError, ModelNotFoundError, ServerError

ROW = {"age": 41}


@pytest.mark.parametrize(
    ("arguments", "options", "path", "query"),
    [
        (("credit", ROW), {}, "/models/credit/predict", {}),
        (("credit", ROW), {"version": "3"}, "/models/credit/versions/3/predict", {}),
        ((ROW, None), {}, "/predict", {}),
        (([ROW], None), {"method": "predict_proba"}, "/predict", {"method": "predict_proba"}),
        (("a/b c", ROW), {"version": "?"}, "/models/a%2Fb%20c/versions/%3F/predict", {}),
    ],
)
def test_a_prediction_has_its_path(
    arguments: tuple[Any, Any], options: dict[str, str], path: str, query: dict[str, str]
) -> None:
    call, _ = predict_call(*arguments, **({"method": "predict", "version": None} | options))
    assert (call.verb, call.path, call.query) == ("POST", path, query)
    assert json.loads(call.body or b"")


@pytest.mark.parametrize(
    ("arguments", "version"),
    [(("credit", None), None), ((ROW, None), "3"), ((ROW, ROW), None), ((None, None), None)],
)
def test_what_cannot_be_meant_is_refused(arguments: tuple[Any, Any], version: str | None) -> None:
    with pytest.raises(MalformedInputError):
        predict_call(*arguments, method="predict", version=version)


def test_a_model_has_its_path() -> None:
    assert model_call("a b").path == "/models/a%20b"


@pytest.mark.parametrize("document", [None, [], "text", {}, {"other": 1}])
def test_a_description_of_another_program_is_refused(document: Any) -> None:
    with pytest.raises(ServerError, match="not one of a Headway server"):
        part_of(document, "models")


class TestAnswer:
    def test_a_document_is_read(self) -> None:
        assert Answer(200, b'{"a": 1}', None).document() == {"a": 1}

    def test_a_refusal_is_raised(self) -> None:
        body = b'{"code": "registry.model_not_found", "detail": "no model"}'
        with pytest.raises(ModelNotFoundError, match="no model"):
            Answer(404, body, None).document()

    @pytest.mark.parametrize("status", [200, 302])
    def test_what_is_no_json_is_refused(self, status: int) -> None:
        with pytest.raises(ServerError, match="no JSON"):
            Answer(status, b"<html>", None).document()

    @pytest.mark.parametrize(
        ("status", "retry_after", "attempt", "wait_s"),
        [
            (503, "2", 1, 2.0),
            (503, "0", MAX_ATTEMPTS - 1, 0.0),
            (503, "0", MAX_ATTEMPTS, None),
            (503, None, 1, None),
            (503, "60", 1, None),
            (200, "1", 1, None),
            (429, "1", 1, None),
            (500, "1", 1, None),
            (504, "1", 1, None),
        ],
    )
    def test_only_a_503_that_says_when_is_sent_again(
        self, status: int, retry_after: str | None, attempt: int, wait_s: float | None
    ) -> None:
        assert Answer(status, b"", retry_after).wait_s(attempt) == wait_s
