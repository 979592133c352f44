"""`headway keys` makes, lists and revokes keys on the database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from headway.cli.main import main
from headway.security.keys import hash_key

if TYPE_CHECKING:
    import pytest


def test_a_key_is_all_that_is_printed_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "create", "ci", "--model", "credit", "--rate", "5"]) == 0
    captured = capsys.readouterr()
    key = captured.out.strip()
    assert captured.out == f"{key}\n"
    assert "shown this once" in captured.err
    assert captured.err.splitlines()[-1] == "undo: headway keys revoke ci"
    assert main(["keys", "ls"]) == 0
    listed = capsys.readouterr().out
    assert key not in listed
    assert listed.splitlines()[1].split()[:5] == [
        "ci",
        f"{key[:9]}...",
        "predict,",
        "read",
        "credit",
    ]
    home = Path("home")
    assert all(key.encode() not in file.read_bytes() for file in home.iterdir())


def test_nobody_has_made_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "ls"]) == 0
    captured = capsys.readouterr()
    assert captured.out.split()[0] == "NAME"
    assert captured.err == "make one: headway keys create NAME\n"


def test_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "create", "ci", "--scope", "admin", "--json"]) == 0
    captured = capsys.readouterr()
    made = json.loads(captured.out)
    assert captured.err == ""
    assert (made["name"], made["scopes"], made["revoked_at"]) == ("ci", ["admin"], None)
    assert main(["keys", "ls", "--json"]) == 0
    out = capsys.readouterr().out
    assert json.loads(out) == [{k: v for k, v in made.items() if k != "key"}]
    assert hash_key(made["key"]) not in out


def test_a_dry_run_revokes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    main(["keys", "create", "ci"])
    capsys.readouterr()
    assert main(["keys", "revoke", "ci", "--dry-run"]) == 0
    assert capsys.readouterr().out.startswith("would revoke ci (hw_")
    main(["keys", "ls", "--json"])
    assert len(json.loads(capsys.readouterr().out)) == 1


def test_another_key_is_made_as_the_note_says(capsys: pytest.CaptureFixture[str]) -> None:
    made = [
        "keys",
        "create",
        "ci",
        "--scope",
        "read",
        "--model",
        "a",
        "--model",
        "b",
        "--rate",
        "2",
    ]
    assert main(made) == 0
    capsys.readouterr()
    assert main(["keys", "revoke", "ci"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("revoked ci (hw_")
    assert captured.err == f"make another: headway {' '.join(made)}\n"
    assert main(made) == 0
    capsys.readouterr()
    assert main(["keys", "ls", "--all", "--json"]) == 0
    assert [key["revoked_at"] is None for key in json.loads(capsys.readouterr().out)] == [
        False,
        True,
    ]
    assert main(["keys", "revoke", "ci", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["dry_run"] is False
