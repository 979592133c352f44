"""`headway predict` answers as the model does, whatever the rows come in."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from e2e.terminal import Terminal, Trained

METHODS = ["predict", "predict_proba", "decision_function"]


def write(terminal: Terminal, name: str, content: Any) -> str:
    text = content if isinstance(content, str) else json.dumps(content)
    (terminal.folder / name).write_text(text)
    return name


@pytest.mark.parametrize("method", METHODS)
def test_the_answers_are_those_of_the_model(
    terminal: Terminal, trained: Trained, asked: tuple[str, tuple[str, ...]], method: str
) -> None:
    file = write(terminal, "rows.json", trained.rows(20))
    address, options = asked
    result = terminal.run("predict", address, file, "--method", method, *options, "--json")
    assert result.code == 0, result.err
    expected = trained.features.head(20)
    document = result.document
    assert document["prediction"] == trained.model.predict(expected).tolist()
    assert document["model"] == "credit"
    if method == "predict_proba":
        assert document["probabilities"]["classes"] == ["bad", "good"]
        values = np.array(document["probabilities"]["values"])
        assert values == pytest.approx(trained.model.predict_proba(expected), abs=1e-12)
    if method == "decision_function":
        assert document["scores"] == pytest.approx(trained.model.decision_function(expected))


def test_every_form_has_the_same_answers(
    terminal: Terminal, trained: Trained, asked: tuple[str, tuple[str, ...]]
) -> None:
    rows = trained.rows(3)
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    csv = trained.features.head(3).to_csv(index=False)
    files = [
        write(terminal, "list.json", rows),
        write(terminal, "rows.json", {"rows": [list(row.values()) for row in rows]}),
        write(terminal, "columns.json", {"columns": columns}),
        write(terminal, "lines.jsonl", "\n".join(map(json.dumps, rows))),
        write(terminal, "table.csv", csv),
    ]
    address, options = asked
    answers = [terminal.run("predict", address, file, *options, "--json") for file in files]
    expected = trained.model.predict(trained.features.head(3)).tolist()
    assert [answer.document["prediction"] for answer in answers] == [expected] * len(files)


@pytest.mark.parametrize("form", ["{}", '{{"features": {}}}'])
def test_one_row_has_one_answer(
    terminal: Terminal, trained: Trained, asked: tuple[str, tuple[str, ...]], form: str
) -> None:
    (row,) = trained.rows(1)
    address, options = asked
    result = terminal.run(
        "predict", address, "-", "--json", *options, stdin=form.format(json.dumps(row))
    )
    assert result.code == 0, result.err
    assert result.document["prediction"] == trained.model.predict(trained.features.head(1))[0]


def test_a_table_is_printed_for_people(terminal: Terminal, trained: Trained, folder: str) -> None:
    file = write(terminal, "rows.json", trained.rows(2))
    result = terminal.run("predict", folder, file, "--method", "predict_proba")
    assert result.code == 0, result.err
    header, *lines = result.out.splitlines()
    assert header.split() == ["ROW", "PREDICTION", "P(bad)", "P(good)"]
    assert [line.split()[0] for line in lines] == ["0", "1"]


def test_every_broken_rule_is_listed(
    terminal: Terminal, trained: Trained, asked: tuple[str, tuple[str, ...]]
) -> None:
    good, old, odd = trained.rows(3)
    old["age"] = 121
    odd["purpos"] = odd.pop("purpose")
    odd["owner"] = "yes"
    file = write(terminal, "rows.json", [good, old, odd])
    address, options = asked
    result = terminal.run("predict", address, file, *options, "--json")
    assert result.code == 3
    assert result.problem["code"] == "contract.violated"
    found = {(v["row"], v["field"], v["rule"]) for v in result.problem["violations"]}
    assert found == {
        (1, "age", "le"),
        (2, "purpose", "missing"),
        (2, "purpos", "unknown"),
        (2, "owner", "type"),
    }


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("credit", "none.json"), 2),
        (("credit", "rows.json", "--method", "explain"), 2),
        (("FOLDER", "broken.json"), 3),
        (("unknown", "rows.json"), 4),
        (("credit", "rows.json", "--url", "http://127.0.0.1:9"), 6),
    ],
)
def test_a_reason_has_its_exit_code(
    terminal: Terminal, trained: Trained, folder: str, arguments: tuple[str, ...], code: int
) -> None:
    write(terminal, "rows.json", trained.rows(1))
    write(terminal, "broken.json", '{"age": 1,')
    given = [folder if argument == "FOLDER" else argument for argument in arguments]
    result = terminal.run("predict", *given)
    assert result.code == code, result.err
    assert result.err.startswith("error: ")
    assert "Traceback" not in result.err


def test_a_server_that_does_not_know_the_model_says_so(terminal: Terminal, server: str) -> None:
    result = terminal.run("predict", "unknown", "-", "--url", server, stdin="{}")
    assert result.code == 4
    assert "`credit`" in result.err


def test_the_server_may_be_a_setting(terminal: Terminal, trained: Trained, server: str) -> None:
    (terminal.folder / "headway.toml").write_text(f'[client]\nurl = "{server}"\n')
    (row,) = trained.rows(1)
    result = terminal.run("predict", "credit", "-", "--json", stdin=json.dumps(row))
    assert result.code == 0, result.err
    assert result.document["request_id"]
