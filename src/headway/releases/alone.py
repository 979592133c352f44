"""Loads a release in a process of its own: does it bring all that it needs?

The process that trained a model has more than the release: the script's folder on `sys.path`, modules
that a notebook imported. What loads only there would be found out by the first server.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from headway.bundle.bundle import read_bundle
from headway.errors import CodeError, HeadwayError, MissingModuleError, RuntimeLoadError
from headway.releases.own_modules import own_modules
from headway.releases.replay import replay_golden
from headway.runtimes.loader import load_runtime
from headway.runtimes.validator import load_validator

if TYPE_CHECKING:
    from collections.abc import Collection

    from headway.bundle.bundle import Bundle
    from headway.bundle.golden import GoldenRows

# Without PYTHONPATH (-E) and without the folder that it is started in (-P)
_FLAGS = ("-E", "-P")
_PROGRAM = "import sys; sys.path.append({!r}); from headway.releases.alone import main; main()"
_HOME = Path(__file__).parents[2]
_TIMEOUT_S = 600
_MAX_NAME = 255


class Outcome(msgspec.Struct, frozen=True):
    """How loading ended.

    Attributes:
        problem: Why the release does not load; empty where it does.
        module: The module that is missing, empty where that is not the reason.
    """

    problem: str = ""
    module: str = ""


def needs_own_modules(bundle: Bundle) -> bool:
    """Whether a native model may need modules that no installed package brings.

    It ships some, or its pickle names one that was imported here from somewhere else than the
    installed packages. A string that happens to be such a name counts too: that costs a check.
    """
    if bundle.modules:
        return True
    modules = set(own_modules())
    return any(
        _names_one_of(modules, bundle.read_bytes(name))
        for name in bundle.manifest.files
        if name.endswith((".pkl", ".pth"))
    )


def check_alone(bundle: Bundle) -> None:
    """Load what runs of a release in a fresh process, and let it answer its golden rows.

    Raises:
        CodeError: It does not; the message says what is missing.
    """
    outcome = _outcome(bundle.path)
    if _is_shipped(outcome.module, bundle):
        raise CodeError(
            f"the release looks for its own module `{outcome.module}` by name while it predicts, and "
            "finds it in this process only",
            hint="use an `import` statement: `importlib` and pickle find what the process has",
        )
    if outcome.problem:
        raise CodeError(
            f"the release loads in this process only: {outcome.problem}",
            hint=_hint(outcome.module, bundle.modules),
        )


def try_loading(path: Path) -> Outcome:
    """Load what runs of a bundle here, and let it answer its golden rows and judge them."""
    try:
        bundle = read_bundle(path)
        golden = bundle.golden_rows()
        if bundle.manifest.execution.form != "lowered":
            runtime = load_runtime(bundle, trust_code=True)
            if golden is not None:
                replay_golden(runtime, golden)
        if bundle.contract.validator is not None:
            _judge(bundle, golden)
    except MissingModuleError as error:
        return Outcome(error.message, error.module)
    except HeadwayError as error:
        return Outcome(error.message)
    return Outcome()


def _judge(bundle: Bundle, golden: GoldenRows | None) -> None:
    """Ask the contract's own code about golden rows: what it imports while it runs has to be there."""
    validator = load_validator(bundle, bundle.contract, trust_code=True)
    for row in () if golden is None else golden.rows:
        for complaint in validator.judge(row).complaints:
            if ModuleNotFoundError.__name__ in complaint.message:
                raise RuntimeLoadError(f"its validator does not run: {complaint.message}")


def main() -> None:
    """Do it as the process of its own: `BUNDLE ANSWER`, the file that the outcome is written to."""
    bundle, answer = map(Path, sys.argv[1:])
    answer.touch()
    answer.write_bytes(msgspec.json.encode(try_loading(bundle)))


def _outcome(path: Path) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="headway-") as folder:
        answer = Path(folder, "answer.json")
        command = [sys.executable, *_FLAGS, "-c", _PROGRAM.format(str(_HOME))]
        try:
            done = subprocess.run(  # noqa: S603 (fixed arguments)
                [*command, str(path.absolute()), str(answer)],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Outcome(f"it takes more than {_TIMEOUT_S} s to load and to answer")
        if not answer.exists():
            return Outcome()  # Headway itself is installed in a way that only this process knows
        if not answer.stat().st_size:
            lines = done.stderr.decode(errors="replace").strip().splitlines() or ["no word"]
            return Outcome(f"a fresh process ends with {done.returncode}, {lines[-1]}")
        return msgspec.json.decode(answer.read_bytes(), type=Outcome)


def _is_shipped(module: str, bundle: Bundle) -> bool:
    base = module.replace(".", "/")
    return not {f"{base}.py", f"{base}/__init__.py"}.isdisjoint(bundle.code())


def _hint(module: str, shipped: tuple[str, ...]) -> str:
    top = module.partition(".")[0]
    if not module:
        return "is what ships the very code that the training process has imported?"
    if top in shipped:
        return f"`{top}` ships without it: name the whole package"
    file = getattr(sys.modules.get(top), "__file__", None)
    path = Path(file or f"{top}.py")
    path = path.parent if path.name == "__init__.py" else path
    if path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return f"ship it: add `{path}` to `code=` (`--code {path}`), or install it as a package"


def _names_one_of(modules: Collection[str], pickle: bytes) -> bool:
    """Whether a pickle holds a string that is the name of a module, or a global of one."""
    names = [name for name in map(str.encode, modules) if len(name) <= _MAX_NAME]
    # In one pass for all, since a pickle may have gigabytes: as protocol 4 writes a string, and as
    # the older ones write a global
    strings = b"|".join(re.escape(b"%c%b" % (len(name), name)) for name in names)
    globals_ = b"|".join(map(re.escape, names))
    return bool(names) and any(
        re.search(pattern, pickle) for pattern in (b"\x8c(?:%b)" % strings, b"c(?:%b)\n" % globals_)
    )
