"""`headway predict` prints the same document, whoever answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from crafted import ROW
from headway.cli.main import main
from scripted_server import REPLY

if TYPE_CHECKING:
    from pathlib import Path

    from scripted_server import ScriptedServer


def write(folder: Path, content: Any, name: str = "rows.json") -> str:
    file = folder / name
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(file)


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("bundle")
class TestHere:
    @pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
    def test_a_folder_answers(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], method: str
    ) -> None:
        rows = write(tmp_path, [ROW, {**ROW, "purpose": "tv"}])
        found = document(capsys, "predict", "./credit", rows, "--method", method)
        assert found["prediction"] == ["good", "good"]
        assert (found["model"], found["version"]) == ("credit", "local")
        assert ("probabilities" in found) is (method == "predict_proba")
        assert ("scores" in found) is (method == "decision_function")
        if method == "predict_proba":
            assert found["probabilities"]["classes"] == ["bad", "good"]
            assert [sum(values) for values in found["probabilities"]["values"]] == [1, 1]

    def test_one_row_has_single_answers(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        options = ("--method", "predict_proba")
        found = document(capsys, "predict", "./credit", write(tmp_path, ROW), *options)
        assert found["prediction"] == "good"
        assert len(found["probabilities"]["values"]) == 2

    def test_a_csv_has_the_types_of_the_contract(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        text = "age,amount,purpose,fault,spin\n41,,car,0,0\n"
        found = document(capsys, "predict", "./credit", write(tmp_path, text, "rows.csv"))
        assert found["prediction"] == ["good"]

    def test_a_csv_takes_whole_floats_and_tells_of_no_quotes(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        text = "age,amount,purpose,fault,spin\n41.0,,car,0,0\n"
        found = document(capsys, "predict", "./credit", write(tmp_path, text, "rows.csv"))
        assert found["prediction"] == ["good"]
        wrong = write(tmp_path, text.replace("41.0", "4_1"), "rows.csv")
        assert main(["predict", "./credit", wrong]) == 3
        told = capsys.readouterr().err
        assert "quotes" not in told
        assert "hint: write a number" in told

    def test_people_see_a_table(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        rows = write(tmp_path, [ROW, ROW])
        assert main(["predict", "./credit", rows, "--method", "predict_proba"]) == 0
        captured = capsys.readouterr()
        header, first, second = captured.out.splitlines()
        assert header.split() == ["ROW", "PREDICTION", "P(bad)", "P(good)"]
        assert (first.split()[0], second.split()[0]) == ("0", "1")
        assert "answered by credit:local" in captured.err

    def test_broken_rules_are_code_3(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        rows = write(tmp_path, [ROW, {**ROW, "age": 5, "purpose": "boat"}])
        assert main(["predict", "./credit", rows, "--json"]) == 3
        violations = json.loads(capsys.readouterr().err)["violations"]
        assert {(v["row"], v["field"]) for v in violations} == {(1, "age"), (1, "purpose")}


class TestThere:
    def test_a_server_is_asked(
        self, server: ScriptedServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        reply = {key: value for key, value in REPLY.items() if key != "prediction_id"}
        server.answers = [(200, {**reply, "prediction": ["good"], "prediction_ids": ["a"]}, {})]
        rows = write(tmp_path, ROW)
        found = document(capsys, "predict", "credit:3", rows, "--url", server.url)
        assert found == REPLY
        verb, path, _, body = server.asked[0]
        assert (verb, path) == ("POST", "/models/credit/versions/3/predict")
        assert body == {"rows": [ROW]}

    def test_several_rows_have_several_answers(
        self, server: ScriptedServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        reply = {key: value for key, value in REPLY.items() if key != "prediction_id"}
        reply |= {
            "prediction": ["good", "bad"],
            "prediction_ids": ["a", "b"],
            "probabilities": {"classes": ["bad", "good"], "values": [[0.25, 0.75], [1, 0]]},
        }
        server.answers = [(200, reply, {})]
        arguments = ("predict", "credit", write(tmp_path, [ROW, ROW]), "--url", server.url)
        assert document(capsys, *arguments, "--method", "predict_proba") == reply
        assert main([*arguments, "--method", "predict_proba"]) == 0
        assert capsys.readouterr().out.splitlines()[1].split() == ["0", "good", "0.25", "0.75"]

    def test_types_for_a_csv_are_asked_of_the_server(
        self, server: ScriptedServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        contract = {"features": [{"name": "age", "dtype": "integer"}]}
        reply = {**REPLY, "prediction": ["good"], "prediction_ids": ["a"]}
        server.answers = [(200, {"contract": contract}, {}), (200, reply, {})]
        rows = write(tmp_path, "age,name\n41,5\n", "rows.csv")
        document(capsys, "predict", "credit", rows, "--url", server.url)
        assert server.asked[1][3] == {"rows": [{"age": 41, "name": "5"}]}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("predict",), 2),
        (("predict", "./credit"), 2),
        (("predict", "./credit", "none.json"), 2),
        (("predict", "./nothing", "{}"), 4),
        (("predict", "a:b", "{}"), 2),
        (("predict", "./x", "{}", "--url", "http://127.0.0.1:9"), 2),
        (("predict", "credit", "{}", "--url", "localhost"), 2),
        (("predict", "credit", "{}", "--method", "explain"), 2),
    ],
)
def test_a_reason_has_its_exit_code(
    tmp_path: Path, arguments: tuple[str, ...], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = write(tmp_path, ROW)
    assert main([argument.format(rows) for argument in arguments]) == code
    assert capsys.readouterr().err.startswith("error: ")
