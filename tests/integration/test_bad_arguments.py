"""Whatever a person types wrong, to any command: the right exit code, one message with a hint, no traceback.

A command without cases fails a test here.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
from typing import TYPE_CHECKING

import click
import pytest

from crafted import ROW, write_crafted_bundle
from headway.cli.main import cli, main
from headway.registry.port import VersionRecord
from registries import embedded_registry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOTHING_THERE = "http://127.0.0.1:9"
TRAINING = ("--data", "train.csv", "--name", "x")


@dataclasses.dataclass(frozen=True)
class Case:
    """What is typed after the command, the exit code, and what the message says."""

    arguments: tuple[str, ...]
    exit_code: int
    message: str
    environ: tuple[tuple[str, str], ...] = ()


def case(*arguments: str, code: int, says: str, **environ: str) -> Case:
    return Case(arguments, code, says, tuple(environ.items()))


MISSING = case(code=2, says="Missing argument")
NO_SUCH_FILE = "does not exist"
A_FOLDER = "is a directory"


def addresses(*rest: str) -> list[Case]:
    """What can be wrong with an address, for a command that looks a release up."""
    return [
        case("nothing", *rest, code=4, says="no model `nothing`"),
        case("credt", *rest, code=4, says="no model `credt`"),
        case("credit:9", *rest, code=4, says="has no version 9"),
        case("credit@gone", *rest, code=4, says="has no alias `gone`"),
        case("credit:x", *rest, code=2, says="a version is a number"),
        case("credit:", *rest, code=2, says="a version is a number"),
        case("credit@", *rest, code=2, says="the alias is empty"),
        case("credit@champion~1", *rest, code=2, says="is not kept yet"),
        case("", *rest, code=2, says="is empty"),
        case("a/b", *rest, code=2, says="is not a model address"),
        case("models:/", *rest, code=2, says="is empty"),
        case("runs:/x", *rest, code=2, says="after `runs:/` come"),
    ]


def folders(*rest: str) -> list[Case]:
    """What can be wrong with a folder that is given as a release."""
    return [
        case("./nothing", *rest, code=4, says="there is no folder `nothing`"),
        case("./train.csv", *rest, code=4, says="there is no folder"),
        case("./folder", *rest, code=5, says="holds no `headway/manifest.json`"),
        case("./damaged", *rest, code=5, says="not the one that was registered"),
    ]


def servers(*arguments: str) -> list[Case]:
    """What can be wrong with a server that is asked."""
    return [
        case(*arguments, "--url", NOTHING_THERE, code=6, says="127.0.0.1:9"),
        case(*arguments, "--url", "host:8000", code=2, says="should begin with http"),
        case(*arguments, "--url", "http://", code=2, says="http://"),
        case(
            *arguments,
            "--url",
            NOTHING_THERE,
            code=2,
            says="above 0",
            HEADWAY_CLIENT__TIMEOUT_S="-1",
        ),
        case(
            *arguments, "--url", NOTHING_THERE, code=2, says="no header", HEADWAY_CLIENT__KEY="ключ"
        ),
        case(*arguments, code=6, says="127.0.0.1:9", HEADWAY_CLIENT__URL=NOTHING_THERE),
        case(
            *arguments,
            code=2,
            says="HEADWAY_CLIENT__TIMEOUT",
            HEADWAY_CLIENT__URL="http://a",
            HEADWAY_CLIENT__TIMEOUT="1",
        ),
    ]


def admin_servers(*arguments: str) -> list[Case]:
    """The same, of the admin API."""
    return [
        dataclasses.replace(
            one,
            environ=tuple(
                (name.replace("CLIENT__URL", "CLIENT__ADMIN_URL"), value)
                for name, value in one.environ
            ),
        )
        for one in servers(*arguments)
    ]


def databases(*arguments: str) -> list[Case]:
    """What can be wrong with the database of keys."""
    return [
        case(*arguments, code=2, says="[store] url", HEADWAY_STORE__URL="mysql://a/b"),
        case(
            *arguments,
            code=6,
            says="me:***@127.0.0.1:9",
            HEADWAY_STORE__URL="postgresql+psycopg://me:s3cret@127.0.0.1:9/x",
        ),
        case(*arguments, code=6, says="no database", HEADWAY_STORE__URL="sqlite:///binary"),
        case(*arguments, code=6, says="folder", HEADWAY_STORE__URL="sqlite:///folder"),
    ]


CASES: dict[str, list[Case]] = {
    "register": [
        MISSING,
        case("model.pkl", code=2, says="Missing option"),
        case("model.pkl", "--name", "x", code=2, says="Missing option '--data'"),
        case("model.pkl", "--data", "train.csv", code=2, says="Missing option '--name'"),
        case("nothing.pkl", *TRAINING, code=2, says=NO_SUCH_FILE),
        case("folder", *TRAINING, code=2, says=A_FOLDER),
        case("model.pkl", "--data", "folder", "--name", "x", code=2, says=A_FOLDER),
        case("model.pkl", "--data", "nothing.csv", "--name", "x", code=2, says=NO_SUCH_FILE),
        case("text.txt", *TRAINING, code=3, says="text.txt"),
        case("empty", *TRAINING, code=3, says="empty"),
        case("binary", *TRAINING, code=3, says="binary"),
        case("model.pkl", "--data", "empty.csv", "--name", "x", code=3, says="empty.csv"),
        case("model.pkl", "--data", "binary.csv", "--name", "x", code=3, says="binary.csv"),
        case("model.pkl", "--data", "binary.parquet", "--name", "x", code=3, says="binary.parquet"),
        case("model.pkl", "--data", "text.txt", "--name", "x", code=3, says="text.txt"),
        case("model.pkl", *TRAINING, "--target", "nothing", code=3, says="nothing"),
        case(
            "model.pkl", "--data", "train.csv", "--name", "a/b", code=2, says="cannot be the name"
        ),
        case("model.pkl", *TRAINING, "--alias", "latest", code=2, says="cannot be an alias"),
        case("model.pkl", *TRAINING, "--constraint", "age", code=2, says="write FEATURE="),
        case("model.pkl", *TRAINING, "--constraint", "age=ge=x", code=2, says="is no rule"),
        case("model.pkl", *TRAINING, "--holdout", "2", code=2, says="is not in the range"),
        case("model.pkl", *TRAINING, "--holdout", "x", code=2, says="is not a valid float"),
        case("model.pkl", *TRAINING, "--rows", "some", code=2, says="is not one of"),
    ],
    "adopt": [
        MISSING,
        case("models:/credit/1", code=2, says="Missing option '--data'"),
        case("models:/credit/1", "--data", "nothing.csv", code=2, says=NO_SUCH_FILE),
        case("models:/credit/1", "--data", "empty.csv", code=3, says="empty.csv"),
        case("models:/nothing/1", "--data", "train.csv", code=4, says="no model `nothing`"),
        case("./nothing", "--data", "train.csv", code=4, says="there is no folder"),
        case("./folder", "--data", "train.csv", code=5, says="holds no `MLmodel`"),
        case("credit:x", "--data", "train.csv", code=2, says="a version is a number"),
    ],
    "serve": [
        MISSING,
        *addresses(),
        *folders(),
        case("./good", "--port", "70000", code=2, says="is not in the range"),
        case("./good", "--port", "http", code=2, says="is not a valid int"),
        case("./good", "--host", "0.0.0.0", code=2, says="no key is asked for"),
        case(
            *("./good", "--port", "0"),
            code=2,
            says="`0.0.0.0` of `server.admin_host` can be reached",
            HEADWAY_SERVER__ADMIN_HOST="0.0.0.0",
        ),
        case(
            "./good",
            code=2,
            says="`jwt.issuer` and `jwt.audience`",
            HEADWAY_JWT__JWKS="https://id.example.org/jwks",
        ),
        case("./good", code=2, says="not where the keys are", HEADWAY_JWT__ISSUER="x"),
        case(
            "./good",
            code=2,
            says="is no host name",
            HEADWAY_SERVER__TRUSTED_HOSTS='["https://a.org"]',
        ),
        case("./good", code=2, says="is no origin", HEADWAY_SERVER__CORS_ORIGINS='["a.org"]'),
        case("./good", "./good", code=2, says="would be served twice"),
        case("./good", "--url", "http://a", code=2, says="--url"),
        case("./good", "--host", "192.0.2.1", "--insecure", code=6, says="192.0.2.1"),
        case("./good", "--host", "no such host", "--insecure", code=6, says="no such host"),
    ],
    "predict": [
        MISSING,
        case("credit", code=2, says="Missing argument"),
        *addresses("row.json"),
        *folders("row.json"),
        *servers("credit", "row.json"),
        case("./good", "nothing.json", code=2, says=NO_SUCH_FILE),
        case("./good", "folder", code=2, says=A_FOLDER),
        case("./good", "empty", code=3, says="empty"),
        case("./good", "binary", code=3, says="UTF-8"),
        case("./good", "text.txt", code=3, says="JSON"),
        case("./good", "binary.csv", code=3, says="UTF-8"),
        case("./good", "empty.csv", code=3, says="the file is empty"),
        case("./good", "ragged.csv", code=3, says="line 2: 1 values for the 2 names"),
        case("./good", "number.json", code=3, says="neither a row nor rows"),
        case("./good", "wrong.json", code=3, says="age"),
        case("./good", "wrong.jsonl", code=3, says="line 2"),
        case("./good", "row.json", "--method", "guess", code=2, says="is not one of"),
        case("./good", "row.json", "--format", "xml", code=2, says="is not one of"),
        case(
            "credit@gone", "row.json", "--url", NOTHING_THERE, code=2, says="a server does not know"
        ),
    ],
    "models ls": servers(),
    "optimize": [
        MISSING,
        *addresses(),
        *folders(),
        *addresses("--to", "int8"),
        case("credit", "--metric", "auc", code=2, says="only with `--to`"),
        case("credit", "--to", "int8", "--explain", code=2, says="leave `--to` out"),
        case("./good", "--to", "int8", code=2, says="is no version of the registry"),
        case("credit", "--to", "int4", code=2, says="is not one of"),
        case("credit", "--to", "int8", "--engine", "x", code=2, says="is not one of"),
        case("credit", "--to", "int8", "--max-drop", "-1", code=2, says="is not in the range"),
        case("credit", "--to", "int8", "--alias", "v1", code=2, says="cannot be an alias"),
        case("credit", "--to", "int8", "--evaluation", "gone.csv", code=2, says=NO_SUCH_FILE),
        case("credit", "--to", "int8", "--calibrate", "folder", code=2, says=A_FOLDER),
        case("credit", "--to", "int8", code=3, says="keeps no evaluation rows"),
    ],
    "models show": [MISSING, *addresses(), *folders(), *servers("credit")],
    "models diff": [
        MISSING,
        case("credit", code=2, says="Missing argument"),
        *addresses("credit"),
        *folders("./good"),
        case("./good", "nothing", code=4, says="no model `nothing`"),
        case("credit:1", "credit:99", code=4, says="99"),
    ],
    "models export": [
        MISSING,
        case("credit", code=2, says="Missing argument"),
        *addresses("new.tar.gz"),
        case("./good", "new.tar.gz", code=2, says="is no version of the registry"),
        case("credit", "text.txt", code=5, says="exists already"),
        case("credit", "folder", code=5, says="exists already"),
        case("credit", "nothing/new.tar.gz", code=2, says="cannot be written"),
        case("credit", "text.txt/new.tar.gz", code=2, says="cannot be written"),
    ],
    "models import": [
        MISSING,
        case("nothing.tar.gz", code=2, says=NO_SUCH_FILE),
        case("folder", code=5, says="not an archive of a release"),
        case("text.txt", code=5, says="not an archive of a release"),
        case("empty", code=5, says="not an archive of a release"),
        case("binary", code=5, says="not an archive of a release"),
        case("text.txt", "--name", "../x", code=2, says="cannot be the name"),
        case("text.txt", "--alias", "v1", code=2, says="cannot be an alias"),
    ],
    "models alias": [
        MISSING,
        *addresses("blue"),
        case("credit:1", code=2, says="Missing argument"),
        case("credit:1", "v1", code=2, says="cannot be an alias"),
        case("credit:1", "a b", code=2, says="cannot be an alias"),
        case("./good", "blue", code=2, says="is no version of the registry"),
    ],
    "models rm": [
        MISSING,
        *[dataclasses.replace(c, arguments=(*c.arguments, "--yes")) for c in addresses()[2:]],
        case("nothing", "--all", "--yes", code=4, says="no model `nothing`"),
        case("credit", code=2, says="names a model and not one version"),
        case("credit:2", code=2, says="needs `--yes`"),
        case("credit:1", "--yes", code=5, says="is the champion"),
        case("credit:2", "--all", code=2, says="names one version"),
        case("./good", "--yes", code=2, says="is no version of the registry"),
    ],
    "models tag": [
        MISSING,
        *addresses("a=b"),
        case("credit", code=2, says="no tag is named"),
        case("credit", "a", code=2, says="write KEY=VALUE"),
        case("credit", "=b", code=2, says="write KEY=VALUE"),
        case("credit", "a=1", "a=2", code=2, says="named twice"),
        case("credit", "a:b=1", code=2, says="cannot be the key"),
        case("credit", "a=" + "x" * 5_001, code=2, says="allowed are 5,000"),
        case("credit", "headway.digest=1", code=5, says="not yours to change"),
        case("credit", "--remove", "mlflow.user", code=5, says="not yours to change"),
    ],
    "schema": [MISSING, *addresses(), *folders(), *servers("credit")],
    "status": [case("--watch=1", code=2, says="does not take a value"), *admin_servers()],
    "keys create": [
        MISSING,
        *databases("new"),
        *admin_servers("new"),
        case("a b", code=2, says="cannot be the name of a key"),
        case("settings", code=2, says="HEADWAY_SERVER__API_KEY"),
        case("new", "--scope", "all", code=2, says="is not one of"),
        case("new", "--model", "a/b", code=2, says="no name of a model"),
        case("new", "--rate", "-1", code=2, says="is not in the range"),
        case("new", "--rate", "nan", code=2, says="not nan"),
        case("new", "--rate", "fast", code=2, says="is not a valid float"),
    ],
    "keys ls": [*databases(), *admin_servers()],
    "keys revoke": [
        MISSING,
        *databases("old"),
        *admin_servers("old"),
        case("nobody", code=4, says="there is no key `nobody`"),
        case("nobody", "--dry-run", code=4, says="there is no key `nobody`"),
    ],
    "db upgrade": [*databases(), case("--url", "http://a", code=2, says="--url")],
    "doctor": [case("--trust=1", code=2, says="does not take a value")],
    "config show": [case("--origin=x", code=2, says="does not take a value")],
    "config path": [case("--verbose=x", code=2, says="does not take a value")],
    "config schema": [case("--verbose=x", code=2, says="does not take a value")],
    "completion": [MISSING, case("tcsh", code=2, says="is not one of")],
    "version": [case("--verbose=x", code=2, says="does not take a value")],
}

# These answer whatever the settings are.
WITHOUT_SETTINGS = {"completion", "config schema", "doctor", "version"}
# What makes a command come as far as its settings.
ENOUGH: dict[str, tuple[str, ...]] = {
    "register": ("model.pkl", *TRAINING),
    "adopt": ("./folder", "--data", "train.csv"),
    "serve": ("./good",),
    "predict": ("./good", "row.json"),
    "optimize": ("./good",),
    "models show": ("./good",),
    "models export": ("credit", "new.tar.gz"),
    "models diff": ("./good", "./good"),
    "models import": ("text.txt",),
    "models alias": ("credit:2", "blue"),
    "models rm": ("credit:1",),
    "models tag": ("credit", "a=b"),
    "schema": ("./good",),
    "keys create": ("new",),
    "keys revoke": ("old",),
}
BROKEN: dict[str, tuple[str, dict[str, str], str]] = {
    "no TOML": ("[server", {}, "headway.toml:1: not TOML"),
    "an unknown section": ("[sever]\nport = 1", {}, "did you mean `server`"),
    "an unknown key": ("[client]\nurls = 1", {}, "did you mean `client.url`"),
    "an unknown variable": ("", {"HEADWAY_FOO": "1"}, "HEADWAY_FOO: unknown setting"),
    "a secret file that is gone": ("", {"HEADWAY_CLIENT__KEY_FILE": "gone"}, "cannot be read"),
}
BROKEN_VALUES = {
    "a bad value": ("[server]\nport = 'x'", {}, "headway.toml:2:server.port"),
    "a secret in a file": ("[server]\napi_key = 'x'", {}, "a secret does not belong"),
}


def leaves(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from leaves(command, f"{path}{name} ")
        else:
            yield f"{path}{name}", command


ALL = dict(leaves(cli))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two versions of `credit`, and a folder of good and bad files."""
    world = tmp_path_factory.mktemp("world")
    registry = embedded_registry(world / "home")
    work = world / "work"
    bundle = write_crafted_bundle(work / "good")
    for _ in range(2):
        registry.register(
            bundle.path, "credit", VersionRecord(digest=bundle.digest, form="lowered")
        )
    write_crafted_bundle(work / "damaged")
    (work / "damaged/headway/golden.json").write_text("{}")
    (work / "folder").mkdir()
    files = {
        "row.json": json.dumps(ROW),
        "wrong.json": json.dumps({**ROW, "age": "old"}),
        "wrong.jsonl": json.dumps(ROW) + "\n{",
        "number.json": "3",
        "text.txt": "some text\nand more\n",
        "train.csv": "a,b\n1,2\n",
        "ragged.csv": "a,b\n1\n",
        "empty.csv": "",
        "empty": "",
    }
    for name, text in files.items():
        (work / name).write_text(text)
    for name in ("binary", "binary.csv", "binary.parquet", "model.pkl"):
        (work / name).write_bytes(bytes(range(256)) * 4)
    return world


@pytest.fixture(autouse=True)
def here(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world / "work")
    monkeypatch.setenv("HEADWAY_HOME", str(world / "home"))


def check(
    capfd: pytest.CaptureFixture[str], arguments: list[str], exit_code: int, message: str
) -> None:
    """Run a command both ways, and hold what it says to what is promised."""
    assert main(arguments) == exit_code
    text = capfd.readouterr()
    assert text.out == ""
    assert "Traceback" not in text.err
    lines = text.err.splitlines()
    assert lines[0].startswith("error: ")
    assert sum(line.startswith("error: ") for line in lines) == 1
    assert message in text.err
    assert not lines[0].startswith("error: unexpected")
    assert lines[-1].startswith("hint: "), text.err
    assert main([*arguments, "--json"]) == exit_code
    captured = capfd.readouterr()
    assert captured.out == ""
    problem = json.loads(captured.err)
    assert problem["exit_code"] == exit_code
    assert re.fullmatch(r"[a-z_.]+", problem["code"])
    assert message in problem["message"]
    assert problem["hint"]


def test_every_command_has_cases_and_every_case_a_command() -> None:
    assert set(CASES) == set(ALL)
    assert all(CASES.values())
    needing = {
        path
        for path, command in ALL.items()
        if any(p.required for p in command.params if isinstance(p, click.Argument))
    }
    assert {path for path in needing if MISSING not in CASES[path]} == set()
    assert needing - WITHOUT_SETTINGS <= set(ENOUGH)


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        pytest.param(
            path, wrong, id=f"{path} {' '.join(wrong.arguments)[:60]}{dict(wrong.environ) or ''}"
        )
        for path, cases in CASES.items()
        for wrong in cases
    ],
)
def test_a_wrong_argument(
    path: str, wrong: Case, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, value in wrong.environ:
        monkeypatch.setenv(name, value)
    check(capfd, [*path.split(), *wrong.arguments], wrong.exit_code, wrong.message)


@pytest.mark.parametrize("path", ALL)
def test_an_unknown_option(path: str, capfd: pytest.CaptureFixture[str]) -> None:
    check(capfd, [*path.split(), "--nonsense"], 2, "there is no option `--nonsense`")


@pytest.mark.parametrize(
    "path",
    [
        path
        for path, command in ALL.items()
        if not any(p.nargs == -1 for p in command.params if isinstance(p, click.Argument))
    ],
)
def test_one_argument_too_many(path: str, capfd: pytest.CaptureFixture[str]) -> None:
    given = ENOUGH.get(path, ("bash",) if path == "completion" else ())
    check(capfd, [*path.split(), *given, "more"], 2, "unexpected extra argument")


@pytest.mark.parametrize("broken", [*BROKEN, *BROKEN_VALUES])
@pytest.mark.parametrize("path", sorted(set(ALL) - WITHOUT_SETTINGS))
def test_broken_settings(
    path: str,
    broken: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    world: Path,
) -> None:
    toml, environ, message = {**BROKEN, **BROKEN_VALUES}[broken]
    for file in (world / "work").iterdir():
        (tmp_path / file.name).symlink_to(file)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "headway.toml").write_text(toml)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    check(capfd, [*path.split(), *ENOUGH.get(path, ())], 2, message)


@pytest.mark.parametrize("path", ["", "models", "config"])
def test_an_unknown_command(path: str, capfd: pytest.CaptureFixture[str]) -> None:
    check(capfd, [*path.split(), "nonsense"], 2, "nonsense")


# Commands with what makes them come as far as the home folder; the others fail before, or need none.
NEEDING_HOME: dict[str, tuple[str, ...]] = {
    "serve": ("credit",),
    "predict": ("credit", "row.json"),
    "schema": ("credit",),
    "models ls": (),
    "models show": ("credit",),
    "models export": ("credit", "new.tar.gz"),
    "models import": ("text.txt",),
    "models alias": ("credit:2", "blue"),
    "models rm": ("credit:2", "--yes"),
    "models tag": ("credit", "a=b"),
    "keys create": ("new",),
    "keys ls": (),
    "keys revoke": ("old",),
    "db upgrade": (),
}


@pytest.mark.parametrize("path", NEEDING_HOME)
def test_a_home_that_is_a_file(path: str, capfd: pytest.CaptureFixture[str]) -> None:
    check(capfd, [*path.split(), *NEEDING_HOME[path], "--home", "text.txt"], 2, "text.txt")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (("predict", "./good", "secret"), 2),
        (("register", "secret", *TRAINING), 2),
        (("models", "import", "secret"), 2),
    ],
)
def test_a_file_that_may_not_be_read(
    tmp_path: Path, arguments: tuple[str, ...], exit_code: int, capfd: pytest.CaptureFixture[str]
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret")
    secret.chmod(0)
    replaced = [str(secret) if word == "secret" else word for word in arguments]
    check(capfd, replaced, exit_code, "secret")
