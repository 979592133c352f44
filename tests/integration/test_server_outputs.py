"""Models that break their output contract in every way: a 500 that is counted, and never their answer."""

from __future__ import annotations

import concurrent.futures
import re
from typing import TYPE_CHECKING, Any

import pytest

from echoing import ECHO, GOOD_ROW, NUMBER, served, write_echo, write_number
from headway.contract.output import Answer, ServedOutput, declare_output
from headway.serving.plan import ServingPlan
from running import Running, running, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

CODE = "prediction.output_contract"
PROBA = "?method=predict_proba"
NAMED = declare_output(
    ECHO, Answer(class_names=["refuse", "accept"], threshold=0.3, positive="bad")
)
LIMITED = declare_output(NUMBER, Answer(post=["scale=2", "round=1"], ge=0, le=1000))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("server")
    models = (
        served(write_echo(folder / "plain")),
        served(write_echo(folder / "named", NAMED), ServedOutput(threshold=0.4)),
        served(write_number(folder / "raw")),
        served(write_number(folder / "limited", LIMITED), ServedOutput(le=100)),
    )
    with running(folder, ServingPlan(revision=1, models=models)) as server:
        yield server


@pytest.fixture(autouse=True)
def it_lives_on(server: Running) -> Iterator[None]:
    yield
    assert server.predict(GOOD_ROW, "/models/plain/predict").status == 200
    assert server.predict({"x": 1.0}, "/models/limited/predict").status == 200


BREACHES: list[tuple[str, dict[str, Any], str]] = [
    ("plain/predict", {"label": 2}, "none of its classes for row 1"),
    ("plain/predict", {"label": -1}, "none of its classes for row 1"),
    ("plain/predict", {"kept": 0}, "1 rows of 2"),
    (f"plain/predict{PROBA}", {"kept": 0}, "1 rows of 2"),
    (f"plain/predict{PROBA}", {"bad": 0.9}, "row 1 that sum to 1.55"),
    (f"plain/predict{PROBA}", {"bad": 1.5, "good": 0.0}, "outside of 0 to 1 for row 1"),
    (f"plain/predict{PROBA}", {"bad": -1.0}, "NaN as the probability of row 1"),
    (f"plain/predict{PROBA}", {"end": 4}, r"shape \(2, 3\) for 2 classes"),
    ("named/predict", {"bad": 0.9}, "row 1 that sum to 1.55"),
    ("named/predict", {"bad": -1.0}, "NaN as the probability of row 1"),
    ("named/predict", {"end": 4}, r"shape \(2, 3\) for 2 classes"),
    ("raw/predict", {"x": 1e308}, "an infinity as the prediction of row 1"),
    ("raw/predict", {"x": -1e308}, "an infinity as the prediction of row 1"),
    ("limited/predict", {"x": -1.0}, "row 1 breaks the limit `ge` `0`"),
    ("limited/predict", {"x": 5.01}, "row 1 breaks the limit `le` `100`"),
    ("limited/predict", {"x": 1e307}, "an infinity as the post-processed prediction of row 1"),
]


@pytest.mark.parametrize(("path", "fault", "message"), BREACHES)
def test_a_breach_is_a_500_that_names_the_row_and_is_counted(
    server: Running, path: str, fault: dict[str, Any], message: str
) -> None:
    labels = {"model": path.partition("/")[0], "version": "1", "code": CODE}
    before = server.metric("headway_errors_total", **labels)
    good = {"x": 1.0} if "x" in fault else GOOD_ROW
    answer = server.predict({"rows": [good, good | fault]}, f"/models/{path}")
    problem = answer.json()
    assert (answer.status, problem["code"]) == (500, CODE)
    assert re.search(message, problem["detail"])
    assert "the model" in problem["hint"]
    assert not {"prediction", "probabilities"} & set(problem)
    assert server.metric("headway_errors_total", **labels) == before + 1
    line = wait_until(
        lambda: [x for x in server.lines() if x.get("request_id") == problem["request_id"]]
    )[0]
    assert (line["model"], line["version"], line["error"]) == (labels["model"], "1", CODE)
    assert re.search(message, line["traceback"])


@pytest.mark.parametrize(
    ("path", "good", "fault"),
    [
        (f"plain/predict{PROBA}", GOOD_ROW, {"kept": 0}),
        ("plain/predict", GOOD_ROW, {"label": 7}),
        ("named/predict", GOOD_ROW, {"bad": -1.0}),
        ("limited/predict", {"x": 1.0}, {"x": -1.0}),
    ],
)
def test_a_breach_harms_no_other_request_of_the_same_turn(
    server: Running, path: str, good: dict[str, Any], fault: dict[str, Any]
) -> None:
    rows = [good | (fault if i % 7 == 3 else {}) for i in range(40)]
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda row: server.predict(row, f"/models/{path}"), rows))
    assert [answer.status for answer in answers] == [200 if r == good else 500 for r in rows]
    told = {str(answer.json()["prediction"]) for answer in answers if answer.status == 200}
    assert len(told) == 1


@pytest.mark.parametrize(("bad", "label"), [(0.39, "accept"), (0.4, "refuse"), (0.9, "refuse")])
def test_the_label_follows_the_threshold_of_the_settings(
    server: Running, bad: float, label: str
) -> None:
    row = GOOD_ROW | {"bad": bad, "good": 1 - bad}
    for method in ("", PROBA):
        answer = server.predict(row, f"/models/named/predict{method}").json()
        assert answer["prediction"] == label
    assert answer["probabilities"]["classes"] == ["refuse", "accept"]
    assert answer["probabilities"]["values"] == pytest.approx([bad, 1 - bad])


def test_a_number_is_post_processed(server: Running) -> None:
    reply = server.predict({"rows": [{"x": 0.12345}, {"x": 5}]}, "/models/limited/predict")
    assert reply.json()["prediction"] == [2.5, 100.0]


def test_what_settings_change_is_shown(server: Running) -> None:
    shown = server.ask("GET", "/models/named").json()
    assert shown["versions"][0]["changes"] == ["threshold 0.4 instead of 0.3"]
    rules = shown["contract"]["output"]["rules"]
    assert rules["class_names"] == ["refuse", "accept"]
    assert (rules["threshold"], rules["positive"]) == (0.4, "bad")
    assert server.ask("GET", "/models/plain").json()["versions"][0]["changes"] == []


def test_the_api_page_tells_what_is_answered(server: Running) -> None:
    document = server.ask("GET", "/openapi.json").json()
    description = document["paths"]["/models/named/predict"]["post"]["description"]
    assert "threshold: `refuse` from a probability of 0.4 on" in description
    reply = document["components"]["schemas"]["NamedReply"]["properties"]["prediction"]
    assert reply["enum"] == ["refuse", "accept"]
    limited = document["components"]["schemas"]["LimitedReply"]["properties"]["prediction"]
    assert (limited["minimum"], limited["maximum"]) == (0, 100)
