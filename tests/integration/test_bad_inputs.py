"""Hundreds of things that a client may get wrong, sent to a real server: what each is told.

No answer is a 5xx, none holds a trace, a path of the server or what somebody else has sent, and each
names the row, the feature and the rule that was broken.
"""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import headway
from running import Running
from workshop import credit_frame, credit_model

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.integration

CANARY = "CANARY-2b7f"
ROW: dict[str, Any] = {"age": 41.5, "amount": 1200, "purpose": "car", "vip": False}
HUGE = 10**400


class Wrong(NamedTuple):
    """One wrong request."""

    body: Any
    status: int
    code: str
    rules: frozenset[str] = frozenset()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("home")
    rows, labels = credit_frame()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADWAY_HOME", str(home))
        headway.register(
            credit_model(),
            rows,
            labels,
            name="credit",
            constraints={
                "age": headway.Range(18, 120),
                "amount": headway.Range(gt=0, lt=1_000_000),
                "purpose": headway.OneOf(),
            },
        )
        with headway.serve("credit", background=True) as server:
            yield Running(server, home / "logs" / "credit.log")


def with_value(name: str, value: Any) -> dict[str, Any]:
    return {**ROW, name: value}


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in ROW.items() if key != name}


# By feature, what it never takes, and the rule that says so
VALUES: dict[str, dict[str, list[Any]]] = {
    "age": {
        "type": ["41", "", "NaN", "Infinity", "null", True, False, [], [41], {}, {"value": 41}, HUGE, "41,5", "٤١"],
        "ge": [17.999, -1, 0, -1e300, -0.0],
        "le": [120.001, 1e308, 10**300],
    },
    "amount": {
        "type": [1.5, "1200", "12e2", True, [], {}, [1200], 2**63, -(2**63) - 1, 2**64, 1e19, 1e300, HUGE, 0.1, "0x10"],
        "null": [None],
        "gt": [0, -1, 0.0, -(2**63)],
        "lt": [1_000_000, 2**53 + 1, 2**63 - 1, 1e6],
    },
    "purpose": {
        "type": [1, 1.5, True, [], ["car"], {}, {"car": 1}, "\ud800", "car\udfff"],
        "null": [None],
        "one_of": ["Car", "car ", " car", "", "boat", "c\u0430r", "car\x00", "null", "😀", "a" * 10_000, "<script>", "'; DROP TABLE rows; --", "../../etc/passwd", "%s%n", "\u202ecar"],
    },
    "vip": {
        "type": [0, 1, 0.0, "true", "false", "", "True", [], {}, [True], "yes"],
        "null": [None],
    },
}  # fmt: skip


def values() -> Iterator[tuple[str, Wrong]]:
    """Yield every wrong value, in every form of a body that can hold it."""
    for name, by_rule in VALUES.items():
        for rule, wrong in by_rule.items():
            for i, value in enumerate(wrong):
                bad = with_value(name, value)
                # each form is read by code of its own, so the forms take turns
                forms = [
                    bad,
                    {"features": bad},
                    {"features": list(bad.values())},
                    {"rows": [ROW, bad]},
                    {"columns": {key: [ROW[key], bad[key]] for key in ROW}},
                ]
                label = f"{name}, {rule}, {ascii(value)[:20]}"
                yield label, Wrong(forms[i % 5], 422, "contract.violated", frozenset({rule}))


def contract(rules: str, body: Any) -> Wrong:
    return Wrong(body, 422, "contract.violated", frozenset(rules.split()))


def malformed(body: Any) -> Wrong:
    return Wrong(body, 400, "input.malformed")


GOOD = json.dumps(ROW)
SHAPES: dict[str, Wrong] = {
    "nothing": malformed(b""),
    "blank": malformed(b" \n\t "),
    "a byte order mark": malformed(b"\xef\xbb\xbf" + GOOD.encode()),
    "UTF-16": malformed(GOOD.encode("utf-16")),
    "Latin-1": malformed('{"age": "é"}'.encode("latin-1")),
    "zero bytes": malformed(b"\x00" * 20),
    "half of a body": malformed(GOOD[:-5].encode()),
    "two bodies": malformed((GOOD + GOOD).encode()),
    "something behind": malformed((GOOD + "x").encode()),
    "single quotes": malformed(GOOD.replace('"', "'").encode()),
    "a comma too many": malformed(GOOD.replace("}", ",}").encode()),
    "a comment": malformed(("/* hello */" + GOOD).encode()),
    "YAML": malformed(b"age: 41\namount: 1200"),
    "CSV": malformed(b"age,amount\n41,1200"),
    "XML": malformed(b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'),
    "a pickle": malformed(b"\x80\x04\x95cposix\nsystem\n"),
    "a form": malformed(b"age=41&amount=1200"),
    "null": malformed(None),
    "true": malformed(True),
    "a number": malformed(41),
    "a string": malformed("car"),
    "a list": malformed([ROW]),
    "an empty list": malformed([]),
    "the word NaN": malformed(GOOD.replace("41.5", "NaN").encode()),
    "the word Infinity": malformed(GOOD.replace("41.5", "Infinity").encode()),
    "the word -Infinity": malformed(GOOD.replace("41.5", "-Infinity").encode()),
    "Python's None": malformed(GOOD.replace("41.5", "None").encode()),
    "Python's True": malformed(GOOD.replace("false", "False").encode()),
    "hexadecimal": malformed(GOOD.replace("1200", "0x4B0").encode()),
    "a leading zero": malformed(GOOD.replace("1200", "01200").encode()),
    "a leading plus": malformed(GOOD.replace("1200", "+1200").encode()),
    "a bare dot": malformed(GOOD.replace("41.5", "41.").encode()),
    "a thousands mark": malformed(GOOD.replace("1200", "1_200").encode()),
    "a raw line break in a string": malformed(GOOD.replace("car", "c\nar").encode()),
    "a broken escape": malformed(GOOD.replace("car", "\\x41").encode()),
    "lists in lists, 100,000 deep": malformed(b"[" * 100_000),
    "objects in objects, 20,000 deep": malformed(b'{"a":' * 20_000),
    "a key twice": malformed(GOOD.replace("{", '{"age": 41.5, ').encode()),
    "a key twice, spelled otherwise": malformed(GOOD.replace("{", '{"\\u0061ge": 41.5, ').encode()),
    "an unknown key twice": malformed(GOOD.replace("{", '{"x": 1, "x": 2, ').encode()),
    "a wrapper twice": malformed(f'{{"features": {GOOD}, "features": {GOOD}}}'.encode()),
    "a key twice in a row": malformed(f'{{"rows": [{GOOD}, {GOOD.replace("{", "{" + chr(34) + "vip" + chr(34) + ": true, ")}]}}'.encode()),
    "two wrappers": malformed({"rows": [ROW], "columns": {}}),
    "a wrapper beside a feature": malformed({"features": ROW, "age": 41}),
    "features is null": malformed({"features": None}),
    "features is a number": malformed({"features": 41}),
    "features is a string": malformed({"features": "41,1200"}),
    "rows is an object": malformed({"rows": ROW}),
    "rows is null": malformed({"rows": None}),
    "rows is a string": malformed({"rows": "all"}),
    "columns is a list": malformed({"columns": [[41]]}),
    "columns is null": malformed({"columns": None}),
    "an empty object": contract("missing", {}),
    "features is empty": contract("missing", {"features": {}}),
    "features is an empty list": contract("length", {"features": []}),
    "no rows": contract("length", {"rows": []}),
    "no columns": contract("missing", {"columns": {}}),
    "empty columns": contract("length", {"columns": {name: [] for name in ROW}}),
    "a row that is null": contract("type", {"rows": [None]}),
    "a row that is a number": contract("type", {"rows": [ROW, 41]}),
    "a row that is a string": contract("type", {"rows": ["41,1200,car,false"]}),
    "a row in a row": contract("length", {"rows": [[list(ROW.values())]]}),
    "a short row": contract("length", {"rows": [list(ROW.values())[:3]]}),
    "a long row": contract("length", {"rows": [[*ROW.values(), 1]]}),
    "a short row of the guide": contract("length", {"features": ["invalid"]}),
    "columns of unequal length": contract("length", {"columns": {**{name: [value] for name, value in ROW.items()}, "vip": []}}),
    "a column that is a scalar": contract("type", {"columns": {**{name: [value] for name, value in ROW.items()}, "age": 41}}),
    "a column that is an object": contract("type", {"columns": {**{name: [value] for name, value in ROW.items()}, "age": {"0": 41}}}),
    "an unknown column": contract("unknown", {"columns": {**{name: [value] for name, value in ROW.items()}, "x": [1]}}),
    "an unknown feature": contract("unknown", {**ROW, "colour": "red"}),
    "an empty name": contract("unknown", {**ROW, "": 1}),
    "a name of 10,000 characters": contract("unknown", {**ROW, "a" * 10_000: 1}),
    "a name with a path": contract("unknown", {**ROW, "__class__.__init__": 1}),
    "a name with a line break": contract("unknown", {**ROW, "a\nb": 1}),
    "a hundred unknown names": contract("unknown", {**ROW, **{f"x{i}": i for i in range(100)}}),
    "another case": contract("missing unknown", {**without("age"), "Age": 41}),
    "a blank behind the name": contract("missing unknown", {**without("age"), "age ": 41}),
    "a null for each": contract("null", dict.fromkeys(ROW)),
    "everything wrong": contract("type unknown missing", {"age": "x", "amount": "y", "purpose": 3, "extra": 1}),
    "more rows than allowed": Wrong({"rows": [list(ROW.values())] * 50_001}, 413, "input.too_large"),
    "more columns' rows than allowed": Wrong({"columns": {name: [value] * 50_001 for name, value in ROW.items()}}, 413, "input.too_large"),
    "9 MB of blanks": Wrong(b" " * 9_000_000, 413, "input.too_large"),
}  # fmt: skip
SHAPES |= {f"{name} is missing": contract("missing", without(name)) for name in ROW}

CASES = {**dict(values()), **SHAPES}
PATHS = itertools.cycle(["/predict", "/models/credit/predict", "/models/credit/versions/1/predict"])
PLACES = dict(zip(CASES, PATHS, strict=False))


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 150


@pytest.mark.parametrize("name", CASES)
def test_a_wrong_request_is_told_what_is_wrong(server: Running, name: str) -> None:
    case = CASES[name]
    body = case.body if isinstance(case.body, bytes) else json.dumps(case.body).encode()
    answer = server.predict(body, PLACES[name])
    problem = answer.json()
    assert (answer.status, problem["code"]) == (case.status, case.code), problem["detail"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["instance"] == PLACES[name]
    assert {violation["rule"] for violation in problem.get("violations", ())} == set(case.rules)
    check_nothing_leaks(answer.body.decode())


def check_nothing_leaks(text: str) -> None:
    assert "Traceback" not in text
    assert not re.search(r"\.py\b|site-packages|/home/|/root/|/tmp/", text)
    assert CANARY not in text
    assert len(text) < 100_000


def test_a_violation_names_its_row_and_its_feature(server: Running) -> None:
    rows = [with_value("age", 17), ROW, with_value("purpose", "boat")]
    violations = server.predict({"rows": rows}).json()["violations"]
    assert [(v["row"], v["field"], v["rule"]) for v in violations] == [
        (0, "age", "ge"),
        (2, "purpose", "one_of"),
    ]


def test_all_violations_are_counted_and_the_first_ones_listed(server: Running) -> None:
    problem = server.predict({"rows": [dict.fromkeys(ROW)] * 1_000}).json()
    assert problem["violations_total"] == 3_000
    assert len(problem["violations"]) == 100
    assert [violation["row"] for violation in problem["violations"][:4]] == [0, 0, 0, 1]


def test_what_one_client_sends_is_never_told_to_another(server: Running) -> None:
    assert server.predict(with_value("purpose", CANARY)).status == 422
    assert server.predict({**ROW, CANARY: 1}).status == 422
    for path in ("/metrics", "/models", "/models/credit", "/readyz", "/openapi.json"):
        assert CANARY not in server.ask("GET", path).body.decode()
    assert CANARY not in server.predict(with_value("purpose", "boat")).body.decode()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/models/credit/predict/", 404),
        ("//predict", 404),
        ("/models//predict", 404),
        ("/models/%2e%2e/predict", 404),
        ("/models/../../etc/passwd/predict", 404),
        ("/models/credit%00/predict", 404),
        ("/models/" + "a" * 5_000 + "/predict", 404),
        ("/models/credit/versions/999/predict", 404),
        ("/models/credit/versions/1;x/predict", 404),
        ("/models/credit/versions/-1/predict", 404),
        ("/models/%D0%BA%D1%80%D0%B5%D0%B4%D0%B8%D1%82/predict", 404),
        ("/predict?method=", 400),
        ("/predict?method=predict_log_proba", 400),
        ("/predict?method=predict&method=predict_proba", 400),
        ("/predict?Method=predict", 400),
        ("/predict?method=__class__", 400),
        ("/predict?method=predict%00", 400),
        ("/predict?debug=1", 400),
    ],
)
def test_a_wrong_address_is_told_so(server: Running, path: str, status: int) -> None:
    answer = server.predict(ROW, path)
    assert answer.status == status
    check_nothing_leaks(answer.body.decode())


@pytest.mark.parametrize("verb", ["GET", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"])
def test_another_verb_is_refused(server: Running, verb: str) -> None:
    answer = server.ask(verb, "/predict", ROW)
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/xml", "multipart/form-data; boundary=x", "application/x-yaml", "json", "*/*", ""],
)  # fmt: skip
def test_another_content_type_is_refused(server: Running, content_type: str) -> None:
    answer = server.predict(ROW, headers={"Content-Type": content_type})
    assert answer.status in ({415} if content_type else {200, 415})
    check_nothing_leaks(answer.body.decode())


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Request-Id": "a" * 5_000},
        {"X-Request-Id": "<script>"},
        {"Authorization": "Bearer \xff"},
        {"Content-Encoding": "gzip"},
        {"Accept": "text/html"},
        {"Transfer-Encoding": "identity"},
        {"Cookie": "session=" + "x" * 3_000},
    ],
    ids=str,
)
def test_odd_headers_do_no_harm(server: Running, headers: dict[str, str]) -> None:
    answer = server.predict(ROW, headers=headers)
    assert answer.status < 500
    check_nothing_leaks(answer.body.decode())


def test_the_server_has_lived_through_all_of_it(server: Running) -> None:
    assert server.predict(ROW).status == 200
    assert server.metric("headway_requests_total", status="500") == 0
    assert "Traceback" not in server.log.read_text()
