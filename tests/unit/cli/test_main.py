"""Options stand before or after the command, errors have exit codes, and help is cheap."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import headway
from headway.cli.main import COMMANDS, EXTRAS, main


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    assert capsys.readouterr().out.startswith("headway 0.")


@pytest.mark.parametrize("arguments", [["--json", "version"], ["version", "--json"]])
def test_shared_options_stand_on_either_side(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"headway", "python"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--home", "{}", "config", "path", "--json"],
        ["config", "--home", "{}", "path", "--json"],
        ["config", "path", "--home", "{}", "--json"],
    ],
)
def test_shared_options_stand_at_every_level(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([argument.format(tmp_path) for argument in arguments]) == 0
    assert json.loads(capsys.readouterr().out)["home"] == str(tmp_path)


def test_an_option_of_the_command_stands_over_the_one_before_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--home", "/other", "config", "path", "--json", "--home", str(tmp_path)])
    assert json.loads(capsys.readouterr().out)["home"] == str(tmp_path)


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_names_every_command(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([option]) == 0
    text = capsys.readouterr().out
    for name, (_, summary) in COMMANDS.items():
        assert f"  {name} " in text
        assert summary in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["verson"], "there is no command `verson`; did you mean `version`?"),
        (["xyz"], "there is no command `xyz`"),
        (["version", "--jso"], "there is no option `--jso`; did you mean `--json`?"),
        (["version", "--bogus"], "there is no option `--bogus`\n"),
        (["version", "extra"], "unexpected extra argument"),
        (["--url", "http://a", "version"], "takes no `--url`"),
        (["version", "--url", "http://a"], "there is no option `--url`"),
        (["config", "nothing"], "there is no command `nothing`"),
        (["config", "shwo"], "there is no command `shwo`; did you mean `show`?"),
        (["config", ""], "there is no command ``"),
    ],
)
def test_wrong_usage_is_code_2_with_a_hint(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("error: ")
    assert message in captured.err
    assert "hint: see `headway" in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("arguments", [[], ["models"], ["config"]])
def test_a_group_alone_prints_its_help_without_a_label(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert told.startswith("Usage: headway")
    assert "hint:" not in told
    assert main([*arguments, "--help"]) == 0
    assert capsys.readouterr().out == told


def test_a_group_alone_is_a_document_where_json_is_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["models", "--json"]) == 2
    document = json.loads(capsys.readouterr().err)
    assert "command" in document["message"].lower()
    assert "Usage" not in document["message"]


def test_wrong_usage_is_a_document_where_json_is_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["verson", "--json"]) == 2
    document = json.loads(capsys.readouterr().err)
    assert (document["code"], document["exit_code"]) == ("usage", 2)


def test_an_error_of_headway_has_its_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HEADWAY_SERVER__PROT", "1")
    assert main(["config", "show"]) == 2
    assert "did you mean HEADWAY_SERVER__PORT" in capsys.readouterr().err


def test_debug_shows_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HEADWAY_SERVER__PROT", "1")
    assert main(["config", "show", "--debug"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_a_reader_that_leaves_is_no_error() -> None:
    program = "import sys; from headway.cli.main import main; sys.exit(main(['config', 'show']))"
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 0


@pytest.mark.parametrize(
    ("module", "arguments", "extra"),
    [
        ("mlflow", ["models", "ls"], "registry"),
        ("pandas", ["register", "m.pkl", "--data", "m.pkl", "--name", "x"], "registry"),
    ],
)
def test_a_module_that_an_extra_brings_is_a_missing_extra(
    module: str, arguments: list[str], extra: str
) -> None:
    program = f"""
import sys
sys.modules[{module!r}] = None
from headway.cli.main import main
sys.exit(main({arguments!r}))
"""
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert result.returncode == 8
    assert f'hint: pip install "headway[{extra}]"' in result.stderr


def test_every_extra_is_one_of_the_package() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
    assert set(EXTRAS.values()) <= set(project["optional-dependencies"])
    base = {re.split(r"[<>=;\[ ]", name)[0].replace("-", "_") for name in project["dependencies"]}
    assert not base & set(EXTRAS)


def test_the_option_for_the_version_says_it_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"headway {headway.__version__}\n"
