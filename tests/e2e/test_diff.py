"""`headway models diff`: two versions from their files, and a check that stops a pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from e2e.terminal import Terminal, Trained

if TYPE_CHECKING:
    from pathlib import Path

DATA = ("--data", "train.parquet", "--target", "y", "--name", "loan", "--holdout", "0.2")


@pytest.fixture(scope="module")
def two(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """Register the model as it is, then with a constraint, a threshold and names of classes."""
    terminal = Terminal(trained.folder, tmp_path_factory.mktemp("two"))
    shaped = ("--class-name", "good=yes", "--class-name", "bad=no", "--threshold", "0.4")
    for options in ((), ("--constraint", "age=ge=18", *shaped, "--positive", "no")):
        result = terminal.run("register", "model.pkl", *DATA, *options)
        assert result.code == 0, result.err
    return terminal


def test_the_two_are_compared_with_the_champion_first(two: Terminal) -> None:
    result = two.run("models", "diff", "loan", "loan:2")
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[0] == "Breaks a client:"
    assert "  feature `age`, lower limit: fewer values are taken (none -> ge 18)" in lines
    assert "  output, class: a class has another name (bad -> no)" in lines
    assert "  output, threshold: labels are decided otherwise (none -> bad from 0.4 on)" in lines
    (accuracy,) = (line.split() for line in lines if line.startswith("accuracy"))
    assert 0.5 < float(accuracy[1]) <= 1
    assert 0.5 < float(accuracy[2]) <= 1


@pytest.mark.parametrize(("pair", "code"), [(("loan:1", "loan:2"), 7), (("loan:2", "loan:2"), 0)])
def test_a_pipeline_is_stopped_by_what_breaks(
    two: Terminal, pair: tuple[str, str], code: int
) -> None:
    result = two.run("models", "diff", *pair, "--breaking", "--json")
    assert result.code == code
    assert result.document["breaks"] == bool(code)


def test_the_shaped_version_is_served_as_it_was_declared(two: Terminal, tmp_path: Path) -> None:
    environ = {"HEADWAY_MODELS__LOAN__OUTPUT__THRESHOLD": "0.001"}
    rows = (two.folder / "train.csv").read_text().splitlines()
    (tmp_path / "rows.csv").write_text(
        "\n".join(line.rpartition(",")[0] for line in rows[:30]) + "\n"
    )
    arguments = ("predict", "loan:2", str(tmp_path / "rows.csv"), "--json")
    plain, strict = two.run(*arguments), two.run(*arguments, **environ)
    assert plain.code == strict.code == 0, plain.err + strict.err
    assert set(plain.document["prediction"]) == {"yes", "no"}
    # nearly every probability is above 0.001
    assert strict.document["prediction"].count("no") > plain.document["prediction"].count("no")
