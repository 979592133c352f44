"""The modules that a release ships, kept apart from every other module of the process.

Invariant: two releases that ship a module of one name each run their own, before and after, and
nobody else ever sees either: `sys.modules` and `sys.path` are left as they were found.

What is guaranteed:

- While a release is loaded, or imports one of its modules for the first time, its modules stand in
  `sys.modules` under their names, in place of whatever is installed or imported under these names.
  One release does so at a time.
- Afterwards an `import` statement in a shipped module, or in a function or class that was pickled by
  value, finds the release's own modules, at any time and in any thread.
- Only source that was read at the beginning is executed; no bytecode is read or written.

What is not: `importlib.import_module` and unpickling while the model predicts find what the process has
under a shipped name. And a library that is imported for the first time while a release is loaded, and that
itself imports a shipped name, is given the shipped module.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib.util
import sys
import threading
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from headway.bundle.modules import module_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import CodeType, ModuleType

    from headway.bundle.bundle import Bundle

# What no release may stand in for, whoever made it: what loads and runs it
_PROTECTED = sys.stdlib_module_names | {
    "cloudpickle",
    "headway",
    "joblib",
    "mlflow",
    "msgspec",
    "numpy",
    "onnxruntime",
    "pandas",
    "scipy",
    "sklearn",
}
# One release at a time has its modules in `sys.modules`
_LOCK = threading.RLock()


class ShippedModules:
    """The modules of one release.

    Args:
        folder: Folder that they lie in.
        sources: Source of each, by path below the folder.
    """

    def __init__(self, folder: Path, sources: Mapping[str, bytes]) -> None:
        self.folder = folder
        self.sources = sources
        self.names = frozenset(module_names(sources)) - _PROTECTED
        self.builtins = {**vars(builtins), "__import__": self._import}
        self._finder = _Finder(self)
        self._imported: dict[str, ModuleType] = {}
        self._is_entered = False

    @classmethod
    def of(cls, bundle: Bundle) -> ShippedModules:
        """Return the modules of a bundle, as it was verified."""
        return cls(bundle.path / bundle.manifest.execution.code_path, bundle.code())

    @classmethod
    def below(cls, folder: Path) -> ShippedModules:
        """Return the modules of a folder, which need not exist."""
        return cls(
            folder,
            {
                file.relative_to(folder).as_posix(): file.read_bytes()
                for file in sorted(folder.rglob("*.py"))
                if file.is_file()
            },
        )

    @contextlib.contextmanager
    def importable(self) -> Iterator[None]:
        """Import the release's modules under their names within. Everyone else waits meanwhile."""
        with _LOCK:
            if self._is_entered or not self.names:
                yield
                return
            others = self._take()
            sys.modules.update(self._imported)
            sys.meta_path.insert(0, self._finder)
            self._is_entered = True
            try:
                with _path_without(self.folder):
                    yield
            finally:
                self._is_entered = False
                sys.meta_path.remove(self._finder)
                self._imported = self._take()
                sys.modules.update(others)

    def _take(self) -> dict[str, ModuleType]:
        """Remove the modules of these names from `sys.modules`, and return them."""
        known = list(sys.modules)  # at once: other threads import meanwhile
        found = [name for name in known if name.partition(".")[0] in self.names]
        return {name: sys.modules.pop(name) for name in found}

    def _import(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002 - Python's own names
        locals: Mapping[str, Any] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        """Do what the statement `import` does; it is called by each one in the release's code."""
        package = (globals or {}).get("__package__")
        full = importlib.util.resolve_name("." * level + name, package) if level else name
        top = full.partition(".")[0]
        if top not in self.names:
            return builtins.__import__(name, globals, locals, fromlist or (), level)
        known = self._imported.get(full)
        if known is not None and fromlist and all(hasattr(known, item) for item in fromlist):
            return known
        if known is not None and not fromlist and not level:
            return self._imported[top]
        with self.importable():
            return builtins.__import__(name, globals, locals, fromlist or (), level)


@contextlib.contextmanager
def _path_without(folder: Path) -> Iterator[None]:
    """Let nothing be found in a folder by way of `sys.path`, and leave `sys.path` as it is now.

    MLflow puts the folder of a model's code first, and a module may put its own there: files that
    nobody verified would be found, and bytecode left behind.
    """
    root, nothing = folder.resolve(), _Nothing()

    def find_nothing(entry: str) -> _Nothing:
        if not Path(entry).resolve().is_relative_to(root):
            raise ImportError(entry)  # asks the next hook
        return nothing

    finders: dict[str, Any] = sys.path_importer_cache
    path, content = sys.path, list(sys.path)
    sys.path_hooks.insert(0, find_nothing)
    try:
        yield
    finally:
        sys.path_hooks.remove(find_nothing)
        for entry in [entry for entry, finder in list(finders.items()) if finder is nothing]:
            del finders[entry]
        path[:] = content
        sys.path = path


class _Nothing:
    """Finds no module in a folder of `sys.path`."""

    def find_spec(self, fullname: str, target: ModuleType | None = None) -> None:
        """Find nothing."""


class _Finder(MetaPathFinder):
    """Finds modules among the sources of a release, and nowhere else."""

    def __init__(self, shipped: ShippedModules) -> None:
        self._shipped = shipped

    @override
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] not in self._shipped.names:
            return None
        base = fullname.replace(".", "/")
        if f"{base}/__init__.py" in self._shipped.sources:
            return self._spec(fullname, f"{base}/__init__.py", is_package=True)
        if f"{base}.py" in self._shipped.sources:
            return self._spec(fullname, f"{base}.py", is_package=False)
        if any(source.startswith(f"{base}/") for source in self._shipped.sources):
            spec = ModuleSpec(fullname, None, is_package=True)
            spec.submodule_search_locations = [str(self._shipped.folder / base)]
            return spec
        return None  # and nobody else finds it, since no folder below is searched

    def _spec(self, fullname: str, source: str, *, is_package: bool) -> ModuleSpec | None:
        file = self._shipped.folder / source
        return importlib.util.spec_from_file_location(
            fullname,
            file,
            loader=_Loader(fullname, str(file), self._shipped, source),
            submodule_search_locations=[str(file.parent)] if is_package else None,
        )


class _Loader(SourceFileLoader):
    """Executes one module from the source that was read at the beginning."""

    def __init__(self, fullname: str, path: str, shipped: ShippedModules, source: str) -> None:
        super().__init__(fullname, path)
        self._shipped = shipped
        self._source = source

    @override
    def get_code(self, fullname: str) -> CodeType:
        # the one of the standard library would look for bytecode first, and leave some
        code: CodeType = self.source_to_code(self._shipped.sources[self._source], self.path)
        return code

    @override
    def exec_module(self, module: ModuleType) -> None:
        vars(module)["__builtins__"] = self._shipped.builtins
        super().exec_module(module)
