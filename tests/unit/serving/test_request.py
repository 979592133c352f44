from __future__ import annotations

import asyncio
from typing import Any

import pytest

from asgi_client import Exchange
from headway.contract.request import BodyFormat
from headway.core.dtypes import Method
from headway.errors import (
    InputTooLargeError,
    MalformedInputError,
    MethodNotSupportedError,
    UnsupportedMediaTypeError,
)
from headway.serving.patience import ClientDisconnectedError
from headway.serving.problems import ProblemError
from headway.serving.request import Request


def request(**fields: Any) -> Request:
    exchange = Exchange(**fields)
    return Request(exchange.scope(), exchange.receive)


def body(limit_bytes: int = 100, **fields: Any) -> bytes:
    return asyncio.run(request(**fields).body(limit_bytes))


@pytest.mark.parametrize("given", ["a", "A-1_b.c:d/e+f=g@h", "f" * 128])
def test_a_sane_request_id_is_kept(given: str) -> None:
    assert request(headers={"X-Request-ID": given}).request_id == given


@pytest.mark.parametrize("given", ["", "f" * 129, "a b", "a\nb", 'a"b', "<x>", "é", "a\r\nx: y"])
def test_any_other_request_id_is_replaced(given: str) -> None:
    made = request(headers={"X-Request-ID": given}).request_id
    assert made != given
    assert len(made) == 24


def test_two_requests_without_an_id_get_two() -> None:
    assert request().request_id != request().request_id


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ({}, None),
        ({"X-API-Key": "k"}, b"k"),
        ({"Authorization": "Bearer k"}, b"k"),
        ({"Authorization": "bearer  k "}, b"k"),
        ({"Authorization": "Basic k"}, None),
        ({"X-API-Key": "a", "Authorization": "Bearer b"}, b"a"),
    ],
)
def test_a_key_comes_in_either_header(headers: dict[str, str], key: bytes | None) -> None:
    assert request(headers=headers).key == key


def test_the_path_is_that_below_the_place_of_the_app() -> None:
    mounted = request(path="/predict", root_path="/api")
    assert mounted.path == "/predict"
    assert mounted.root_path == "/api"


@pytest.mark.parametrize(
    ("query", "method"),
    [
        ("", Method.PREDICT),
        ("method=predict", Method.PREDICT),
        ("method=predict_proba", Method.PREDICT_PROBA),
        ("method=decision_function", Method.DECISION_FUNCTION),
        ("method=predict%5Fproba", Method.PREDICT_PROBA),
    ],
)
def test_the_query_names_the_method(query: str, method: Method) -> None:
    assert request(query=query).method() is method


@pytest.mark.parametrize(
    "query", ["metod=predict", "method=predict&x=1", "method=predict&method=predict", "x"]
)
def test_any_other_parameter_is_refused(query: str) -> None:
    with pytest.raises(MalformedInputError) as caught:
        request(query=query).method()
    assert "predict_proba" in (caught.value.hint or "")


@pytest.mark.parametrize("query", ["method=", "method=transform", "method=" + "x" * 5_000])
def test_a_method_that_no_model_has_is_refused(query: str) -> None:
    with pytest.raises(MethodNotSupportedError) as caught:
        request(query=query).method()
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json; profile=x",
    ],
)
def test_json_is_read_and_so_is_a_body_of_no_type(content_type: str | None) -> None:
    headers = {"content-type": content_type} if content_type else {}
    assert request(headers=headers).body_format() is BodyFormat.JSON


@pytest.mark.parametrize("body_format", [BodyFormat.ARROW_STREAM, BodyFormat.ARROW_FILE])
def test_tables_are_read_where_pyarrow_is_installed(
    body_format: BodyFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = request(headers={"content-type": f"{body_format.upper()}; x=y"})
    assert asked.body_format() is body_format
    monkeypatch.setattr("headway.serving.request.reads_arrow", lambda: False)
    with pytest.raises(UnsupportedMediaTypeError) as caught:
        asked.body_format()
    assert 'pip install "headway[arrow]"' in str(caught.value.hint)


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/csv"},
        {"content-type": ""},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/vnd.apache.arrow"},
        {"content-type": "application/vnd.apache.arrow.stream", "content-encoding": "zstd"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-type": "application/json", "content-encoding": "gzip"},
    ],
)
def test_anything_else_is_refused_with_a_hint(headers: dict[str, str]) -> None:
    with pytest.raises(UnsupportedMediaTypeError) as caught:
        request(headers=headers).body_format()
    assert caught.value.hint


def test_only_allowed_http_methods_pass() -> None:
    request(method="POST").check_http_method(("POST",))
    with pytest.raises(ProblemError) as caught:
        request(method="GET").check_http_method(("POST",))
    assert caught.value.problem.status == 405


@pytest.mark.parametrize(
    "chunks", [[b"abc"], [b"a", b"b", b"c"], [b"", b"abc", b""], [b"ab", b"c"]]
)
def test_a_body_is_put_together(chunks: list[bytes]) -> None:
    assert body(chunks=chunks) == b"abc"


def test_a_body_may_be_as_long_as_the_limit() -> None:
    assert body(5, chunks=[b"12345"], headers={"content-length": "5"}) == b"12345"


def test_a_declared_length_above_the_limit_is_refused_before_anything_is_read() -> None:
    exchange = Exchange(chunks=[b"x"] * 3, headers={"content-length": "101"})
    with pytest.raises(InputTooLargeError, match="101 bytes; the limit is 100"):
        asyncio.run(Request(exchange.scope(), exchange.receive).body(100))
    assert exchange.n_received == 0


def test_a_body_that_grows_above_the_limit_is_refused_there() -> None:
    exchange = Exchange(chunks=[b"x" * 60] * 1_000)
    with pytest.raises(InputTooLargeError, match="more than 100 bytes"):
        asyncio.run(Request(exchange.scope(), exchange.receive).body(100))
    assert exchange.n_received == 2


def test_a_client_that_leaves_in_the_middle_is_noticed() -> None:
    with pytest.raises(ClientDisconnectedError):
        body(chunks=[b"a", b"b", b"c"], leaves_after=2)


def test_leaving_is_waited_for() -> None:
    async def stay_then_leave() -> None:
        staying = request(chunks=[b"a"])
        await staying.body(10)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(staying.client_left(), 0.02)
        leaving = request(chunks=[b"a"], stays=False)
        await leaving.body(10)
        await asyncio.wait_for(leaving.client_left(), 5)

    asyncio.run(stay_then_leave())


def test_a_client_may_wait_to_be_told_to_go_on() -> None:
    assert request(headers={"Expect": "100-continue"}).waits_for_continue
    assert not request().waits_for_continue
