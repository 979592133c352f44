"""Shells complete commands, options and choices; a run of theirs is cheap and never says an error."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from headway.cli.completion import SHELLS
from headway.cli.main import COMMANDS, main

BIN = Path(sys.executable).parent
HEAVY = (
    "numpy",
    "pandas",
    "pydantic",
    "sklearn",
    "mlflow",
    "fastapi",
    "onnxruntime",
    "rich.console",
)

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")


def script(shell: str) -> str:
    return run_headway("completion", shell).stdout


def run_headway(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "headway", *arguments],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def ends(*words: str) -> tuple[list[str], str]:
    """Return what a shell is told for the last of the words, and what goes to stderr."""
    result = run_headway(
        _HEADWAY_COMPLETE="bash_complete",
        COMP_WORDS=" ".join(["headway", *words]),
        COMP_CWORD=str(len(words)),
    )
    assert result.returncode == 0
    return [line.partition(",")[2] for line in result.stdout.splitlines() if line], result.stderr


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_printed_and_nothing_else(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["completion", shell]) == 0
    captured = capsys.readouterr()
    assert f"_HEADWAY_COMPLETE={shell}_complete" in captured.out
    assert captured.err.startswith("keep it: headway completion")
    assert main(["completion", shell, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["script"] == captured.out[:-1]


def test_another_shell_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "tcsh"]) == 2
    assert "'bash', 'zsh', 'fish'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("ser",), ["serve"]),
        (("",), list(COMMANDS)),
        (("models", ""), ["alias", "diff", "export", "import", "ls", "rm", "show", "tag"]),
        (("models", "ex"), ["export"]),
        (("models", "rm", "--a"), ["--all"]),
        (("config", "s"), ["schema", "show"]),
        (("predict", "--method", "predict_"), ["predict_proba"]),
        (("completion", ""), ["bash", "zsh", "fish"]),
        (("--js",), ["--json"]),
        (("--json", "models", "l"), ["ls"]),
        (("register", "--hold"), ["--holdout"]),
        (("models", "show", "cre"), []),
        (("nothing", ""), []),
        (("models", "nothing", ""), []),
        (("xyz",), []),
    ],
)
def test_words_have_these_ends(words: tuple[str, ...], expected: list[str]) -> None:
    assert ends(*words) == (expected, "")


@pytest.mark.parametrize("instruction", ["bash", "nothing_complete", "bash_nothing"])
def test_a_broken_request_says_nothing(instruction: str) -> None:
    result = run_headway("models", _HEADWAY_COMPLETE=instruction)
    assert (result.stdout, result.stderr) == ("", "")


def test_broken_settings_break_no_completion(tmp_path: Path) -> None:
    (tmp_path / "headway.toml").write_text("[broken")
    assert ends("models", "s") == (["show"], "")


@pytest.mark.parametrize("words", ["headway ", "headway ser", "headway models "])
def test_nothing_heavy_is_imported(words: str) -> None:
    program = f"""
import sys
from headway.cli.main import main
try:
    main([])
except SystemExit:
    pass
print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""
    result = subprocess.run(
        [sys.executable, "-c", program],
        env={
            **os.environ,
            "_HEADWAY_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split(" ")) - 1),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout
    assert result.stderr == "[]\n"


@needs_bash
@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("headway ser\t", "headway serve"),
        ("headway models exp\t", "headway models export"),
        ("headway predict --meth\tdec\t", "headway predict --method decision_function"),
        ("headway nothing \t", "headway nothing"),
        ("headway models import mod\t", "headway models import model.txt"),
    ],
)
def test_a_person_presses_tab_in_bash(tmp_path: Path, typed: str, completed: str) -> None:
    (tmp_path / "model.txt").write_text("")
    (tmp_path / "headway.bash").write_text(script("bash"))
    environ = {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "TERM": "dumb",
        "PS1": "$ ",
        "HISTFILE": "",
    }
    terminal, other_end = pty.openpty()
    with subprocess.Popen(
        ["bash", "--norc", "--noprofile", "-i"],
        **dict.fromkeys(("stdin", "stdout", "stderr"), other_end),
        env=environ,
        start_new_session=True,
    ) as bash:
        os.close(other_end)
        try:
            os.write(terminal, b"source headway.bash; echo read''y\n")
            _until(terminal, "ready\r\n")
            # then to the beginning of the line, where it becomes what `echo` prints
            os.write(terminal, typed.encode() + b"\x01echo '<' \x05 '>'\n")
            shown = _until(terminal, " >\r\n")
        finally:
            bash.kill()
            os.close(terminal)
    assert f"< {completed} >" in shown


def _until(terminal: int, mark: str) -> str:
    shown, end_s = "", time.monotonic() + 15
    while mark not in shown:
        assert time.monotonic() < end_s, shown
        if select.select([terminal], [], [], 0.1)[0]:
            shown += os.read(terminal, 4096).decode(errors="replace")
    return shown


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish_completes(tmp_path: Path) -> None:
    (tmp_path / "headway.fish").write_text(script("fish"))
    for typed, expected in (("headway ser", "serve"), ("headway models exp", "export")):
        result = subprocess.run(
            ["fish", "-c", f"source headway.fish; complete -C '{typed}'"],
            env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert result.stdout.split()[0] == expected


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_takes_the_script(tmp_path: Path) -> None:
    (tmp_path / "_headway").write_text(script("zsh"))
    program = "autoload -Uz compinit; compinit -u; source ./_headway; whence -w _headway_completion"
    result = subprocess.run(["zsh", "-c", program], capture_output=True, text=True, check=True)
    assert "function" in result.stdout
