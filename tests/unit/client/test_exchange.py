"""What is asked, and how an answer is read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headway.client.exchange import (
    Answer,
    Call,
    Failure,
    Question,
    contract_question,
    health_question,
    models_question,
    part_of,
    predict_question,
    ready_question,
)
from headway.errors import AddressError, MalformedInputError, ModelNotFoundError, ServerError
from scripted_server import REPLY

ROW = {"age": 41}


@pytest.mark.parametrize(
    ("arguments", "options", "path"),
    [
        (("credit", ROW), {}, "/models/credit/predict"),
        (("credit", ROW), {"version": "3"}, "/models/credit/versions/3/predict"),
        (("credit", ROW), {"version": 3}, "/models/credit/versions/3/predict"),
        ((ROW, None), {}, "/predict"),
        (([ROW], None), {"method": "predict_proba"}, "/predict?method=predict_proba"),
        (([ROW], None), {"method": "a&b=c#"}, "/predict?method=a%26b%3Dc%23"),
        (("a b", ROW), {"version": "?"}, "/models/a%20b/versions/%3F/predict"),
        (("\u00e9", ROW), {}, "/models/%C3%A9/predict"),
    ],
)
def test_a_prediction_has_its_path(
    arguments: tuple[Any, Any], options: dict[str, Any], path: str
) -> None:
    question = predict_question(*arguments, **({"method": "predict", "version": None} | options))
    assert (question.call.verb, question.call.path) == ("POST", path)
    assert json.loads(question.call.body or b"")


@pytest.mark.parametrize(
    ("arguments", "version"),
    [(("credit", None), None), ((ROW, None), "3"), ((ROW, ROW), None), ((None, None), None)],
)
def test_what_cannot_be_meant_is_refused(arguments: tuple[Any, Any], version: str | None) -> None:
    with pytest.raises(MalformedInputError):
        predict_question(*arguments, method="predict", version=version)


@pytest.mark.parametrize(
    ("name", "version"),
    [("", None), ("../x", None), ("a/b", None), ("a\\b", None), (".", None), ("..", None)]
    + [("credit:7", None), ("credit@champion", None), ("a\nb", None)]
    + [("credit", version) for version in ("", "../x", "..", True, 1.5, ["1"])],
)
def test_what_cannot_be_an_address_is_refused_before_it_is_sent(name: str, version: Any) -> None:
    with pytest.raises(AddressError) as caught:
        predict_question(name, ROW, method="predict", version=version)
    assert caught.value.hint
    if version is None:
        with pytest.raises(AddressError):
            contract_question(name)


def test_a_name_that_is_no_string_has_no_contract() -> None:
    name: Any = 3
    with pytest.raises(AddressError, match="is a string, not a `int`"):
        contract_question(name)


def test_a_method_that_is_no_string_is_refused() -> None:
    method: Any = 3
    with pytest.raises(MalformedInputError, match="`method` is a string") as caught:
        predict_question("credit", ROW, method=method, version=None)
    assert "predict_proba" in str(caught.value.hint)


def test_an_answer_becomes_a_reply() -> None:
    question = predict_question("credit", ROW, method="predict", version=None)
    assert question.conclude(Answer(200, json.dumps(REPLY).encode())).prediction == "good"


@pytest.mark.parametrize(
    ("question", "path", "is_probe"),
    [
        (models_question(), "/models", False),
        (contract_question("a b"), "/models/a%20b", False),
        (health_question(), "/healthz", True),
        (ready_question(), "/readyz", True),
    ],
)
def test_other_questions_only_read(question: Question[Any], path: str, is_probe: bool) -> None:
    call = question.call
    assert (call.verb, call.path, call.body, call.is_probe) == ("GET", path, None, is_probe)


@pytest.mark.parametrize(
    ("outcome", "is_fine"),
    [(Answer(200, b""), True), (Answer(503, b""), False), (Failure(ServerError("gone")), False)],
)
def test_a_probe_never_raises(outcome: Answer | Failure, is_fine: bool) -> None:
    assert ready_question().conclude(outcome) is is_fine


@pytest.mark.parametrize("document", [None, [], "text", {}, {"other": 1}])
def test_a_description_of_another_program_is_refused(document: Any) -> None:
    with pytest.raises(ServerError, match="not one of a Headway server"):
        part_of(document, "models")


def test_each_call_has_an_id_of_its_own() -> None:
    first, second = Call(verb="GET", path="/"), Call(verb="GET", path="/")
    assert first.request_id != second.request_id
    assert first.request_id.isalnum()


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Answer(200, b"<html>"), 200),
        (Answer(200, b'{"models": 1}'), 200),
        (Answer(404, b"{}"), 404),
        (Failure(ServerError("broke")), None),
    ],
)
def test_an_error_names_the_request_and_the_status(
    outcome: Answer | Failure, status: int | None
) -> None:
    question = contract_question("credit")
    with pytest.raises(ServerError) as caught:
        question.conclude(outcome)
    assert caught.value.request_id == question.call.request_id
    assert caught.value.status == status


def test_the_id_that_the_server_names_is_the_one_to_ask_for() -> None:
    body = b'{"code": "registry.model_not_found", "detail": "no", "request_id": "theirs"}'
    with pytest.raises(ModelNotFoundError) as caught:
        contract_question("credit").conclude(Answer(404, body))
    assert (caught.value.request_id, caught.value.status) == ("theirs", 404)


class TestAnswer:
    def test_a_document_is_read(self) -> None:
        assert Answer(200, b'{"a": 1}').document() == {"a": 1}

    def test_a_refusal_is_raised(self) -> None:
        body = b'{"code": "registry.model_not_found", "detail": "no model"}'
        with pytest.raises(ModelNotFoundError, match="no model"):
            Answer(404, body).document()

    @pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b'"\xff"', b'{"a": NaN}'])
    def test_what_is_no_json_is_refused(self, body: bytes) -> None:
        with pytest.raises(ServerError, match="no JSON"):
            Answer(200, body).document()

    def test_another_address_is_not_followed_but_named(self) -> None:
        with pytest.raises(ServerError, match="302") as caught:
            Answer(302, b"{}", {"location": "https://there"}).document()
        assert "https://there" in (caught.value.hint or "")

    @pytest.mark.parametrize(("header", "seconds"), [("2", 2.0), ("soon", None)])
    def test_it_says_when_to_come_back(self, header: str, seconds: float | None) -> None:
        assert Answer(503, b"", {"retry-after": header}).retry_after_s == seconds
