"""The user's own modules, as they ship with a release.

Invariant: the same files give the same code, whatever else lies beside them; what cannot ship is
refused before anything is registered, all of it at once.
"""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from headway.bundle.modules import module_names
from headway.errors import CodeError
from headway.releases.distributions import modules_headway_needs
from headway.runtimes.modules import ShippedModules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from headway.registry.port import PlainModel

Code: TypeAlias = str | Path | Sequence[str | Path] | None
"""What a user gives as `code=`."""

MAX_FILE_BYTES = 5_000_000
MAX_TOTAL_BYTES = 20_000_000
MAX_FILES = 2_000

_PACKAGE = "__init__.py"
_LEFT_OUT_SUFFIXES = (".pyc", ".pyo", ".egg-info", ".dist-info")
_COMPILED_SUFFIXES = (".so", ".pyd", ".dll", ".dylib")
_MAX_NAMED = 20


@dataclasses.dataclass(frozen=True, slots=True)
class ShippedCode:
    """Files of modules.

    Attributes:
        files: Content by path below the folder that is searched for imports.
    """

    files: Mapping[str, bytes] = dataclasses.field(default_factory=dict)

    @property
    def modules(self) -> tuple[str, ...]:
        """Names of the modules and packages, sorted."""
        return module_names(self.files)

    def imports(self) -> set[str]:
        """Return the names at the top of whatever the modules import; `features` of `features.text`."""
        trees = [
            tree
            for name, source in self.files.items()
            if name.endswith(".py") and (tree := _parsed(source)) is not None
        ]
        nodes = [node for tree in trees for node in ast.walk(tree)]
        names = [
            alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names
        ]
        names += [
            node.module
            for node in nodes
            if isinstance(node, ast.ImportFrom) and node.module and not node.level
        ]
        return {name.partition(".")[0] for name in names}


def code_paths(code: Code) -> tuple[Path, ...]:
    """Return what a user gives as `code=` as paths.

    Examples:
        >>> code_paths("features.py")
        (PosixPath('features.py'),)
    """
    if code is None:
        return ()
    return tuple(map(Path, [code] if isinstance(code, str | Path) else code))


def collect_code(paths: Iterable[Path]) -> ShippedCode:
    """Read modules: a file as that module, a package as that package, of another folder what is in it.

    A package brings its data; beside modules and packages nothing is taken, which may be training
    rows or secrets. What is hidden or left by Python's own tools, and virtual environments stay
    behind.

    Raises:
        CodeError: Something cannot ship. All of it is named.
    """
    collector = _Collector()
    for path in paths:
        collector.add(path)
    problems = [*collector.problems, *_wrong_names(collector.files)]
    if problems:
        more = len(problems) - _MAX_NAMED
        shown = problems[:_MAX_NAMED] + ([f"and {more} more"] if more > 0 else [])
        raise CodeError(
            "the code cannot ship with a release: " + "; ".join(shown),
            hint="name what the model needs, one by one: modules, packages, or the folder above them",
        )
    return ShippedCode(dict(sorted(collector.files.items())))


def read_code(folder: Path) -> ShippedCode:
    """Return the code that lies in a model folder already."""
    return ShippedCode(
        {
            file.relative_to(folder).as_posix(): file.read_bytes()
            for file in sorted(folder.rglob("*"))
            if file.is_file() and not any(map(_is_left_out, file.relative_to(folder).parts))
        }
    )


def modules_of(folder: Path, description: PlainModel) -> ShippedModules:
    """Return the modules that a model folder ships; none where it has no code."""
    if description.code_path is None:
        return ShippedModules(folder, {})
    return ShippedModules.below(folder / description.code_path)


@contextlib.contextmanager
def on_search_path(paths: Iterable[Path]) -> Iterator[None]:
    """Let modules be imported within from where they lie, as the script that trained the model did.

    Raises:
        CodeError: As `collect_code`: what may not ship may not be imported first either.
    """
    paths = list(paths)
    collect_code(paths)
    before, content = sys.path, list(sys.path)
    roots = dict.fromkeys(str(_root(path).absolute()) for path in paths)
    sys.path[:0] = roots
    try:
        yield
    finally:
        before[:] = content
        sys.path = before


class _Collector:
    """Files of several paths, and what is wrong with them."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.problems: list[str] = []
        self._origins: dict[str, Path] = {}
        self._n_seen = self._n_bytes = 0

    def add(self, path: Path) -> None:
        """Add one path that the user named."""
        root = _root(path)
        if not path.exists():
            self.problems.append(f"there is no `{path}`")
        elif root != path and (root / _PACKAGE).is_file():
            self.problems.append(f"`{path}` is a part of the package `{root.name}`: name that")
        elif path.is_file():
            self._add_module(path)
        else:
            self._add_folder(path)

    def _add_module(self, path: Path) -> None:
        if path.suffix != ".py":
            self.problems.append(f"`{path}` is no Python module")
            return
        self._add_file(path, path.name)

    def _add_folder(self, path: Path) -> None:
        prefix = f"{_name(path)}/" if (path / _PACKAGE).is_file() else ""
        n_before = self._n_seen
        self._walk(path, prefix, path.resolve(), ())
        if self._n_seen == n_before:
            self.problems.append(f"`{path}` holds no module")

    def _walk(self, folder: Path, prefix: str, root: Path, above: tuple[Path, ...]) -> None:
        above = (*above, folder.resolve())
        for entry in _entries(folder, self.problems, is_package=bool(prefix)):
            self._n_seen += 1
            if len(self.files) > MAX_FILES:
                return
            target = Path(os.path.realpath(entry))
            if not target.is_relative_to(root):
                self.problems.append(f"`{entry}` is a link that leads out of `{root.name}`")
            elif target.is_file():
                self._add_file(entry, prefix + entry.name)
            elif not target.is_dir():
                self.problems.append(f"`{entry}` is no file")
            elif target in above:
                self.problems.append(f"`{entry}` is a link to a folder that it lies in")
            elif not _is_environment(entry):
                self._walk(entry, f"{prefix}{entry.name}/", root, above)

    def _add_file(self, path: Path, name: str) -> None:
        n_bytes = path.stat().st_size
        other = self._origins.setdefault(name, path)
        if other.resolve() != path.resolve():
            self.problems.append(f"`{other}` and `{path}` would both be `{name}`")
        elif path.suffix in _COMPILED_SUFFIXES:
            self.problems.append(f"`{path}` is compiled for one platform: install it as a package")
        elif n_bytes > MAX_FILE_BYTES:
            self.problems.append(
                f"`{path}` has {n_bytes:,} bytes, and a file may have {MAX_FILE_BYTES:,}"
            )
        elif name not in self.files:
            self._keep(path, name, n_bytes)

    def _keep(self, path: Path, name: str, n_bytes: int) -> None:
        n_before = self._n_bytes
        self._n_bytes += n_bytes
        if self._n_bytes <= MAX_TOTAL_BYTES:
            try:
                self.files[name] = path.read_bytes()
            except OSError as error:
                self.problems.append(f"`{path}` cannot be read: {error.strerror}")
        elif n_before <= MAX_TOTAL_BYTES:
            self.problems.append(
                f"all files together have more than {MAX_TOTAL_BYTES:,} bytes, from `{path}` on"
            )
        if len(self.files) == MAX_FILES + 1:
            self.problems.append(f"there are more than {MAX_FILES:,} files, from `{path}` on")


def _wrong_names(files: Iterable[str]) -> Iterator[str]:
    """Yield what is wrong with the names that could be imported."""
    for top in sorted({name.partition("/")[0] for name in files if name.endswith(".py")}):
        name = top.removesuffix(".py")
        if not name.isidentifier():
            yield f"`{top}` has a name that cannot be imported"
        elif name in sys.stdlib_module_names:
            yield f"`{top}` would stand in for `{name}` of the standard library"
        elif name in modules_headway_needs():
            yield f"`{top}` would stand in for `{name}`, which Headway needs"


def _entries(folder: Path, problems: list[str], *, is_package: bool) -> list[Path]:
    """Return what may ship of a folder."""
    try:
        return sorted(
            entry
            for entry in folder.iterdir()
            if not _is_left_out(entry.name) and (is_package or not _is_beside_modules(entry))
        )
    except OSError as error:
        problems.append(f"`{folder}` cannot be read: {error.strerror}")
        return []


def _root(path: Path) -> Path:
    """Return the folder that is searched for imports: the one above a module or package."""
    is_source_root = path.is_dir() and not (path / _PACKAGE).is_file()
    return path if is_source_root else path.absolute().parent


def _name(path: Path) -> str:
    return path.name if path.name not in {"", ".."} else path.resolve().name


def _is_left_out(name: str) -> bool:
    return name.startswith(".") or name == "__pycache__" or name.endswith(_LEFT_OUT_SUFFIXES)


def _is_beside_modules(entry: Path) -> bool:
    """Whether a file or folder below a source folder is nothing that can be imported."""
    if entry.is_dir():
        return _is_environment(entry) or not any(entry.rglob("*.py"))
    return entry.is_file() and entry.suffix not in {".py", *_COMPILED_SUFFIXES}


def _is_environment(folder: Path) -> bool:
    return (folder / "pyvenv.cfg").is_file() or (folder / "conda-meta").is_dir()


def _parsed(source: bytes) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # whoever imports it sees them
            return ast.parse(source)
    except (SyntaxError, ValueError):  # whoever imports it will say so
        return None
