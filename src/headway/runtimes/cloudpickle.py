"""Loads pickled models beside the modules that they ship with, functions pickled by value among them.

cloudpickle pickles by value what was made in a script or notebook, since that is no module.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

import cloudpickle.cloudpickle

from headway.errors import MissingExtraError, MissingModuleError, RuntimeLoadError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.runtimes.modules import ShippedModules

# What the extra `native` brings
_NATIVE = frozenset({"cloudpickle", "joblib", "numpy", "pandas", "scipy", "sklearn"})
_NAMESPACE: dict[str, Any] = vars(cloudpickle.cloudpickle)


@contextlib.contextmanager
def loading(modules: ShippedModules) -> Iterator[None]:
    """Load a model within: its modules are found, then and later, and no bytecode is left beside it.

    cloudpickle makes a function with the `__builtins__` of its own module, and that is where the
    function's `import` statements look for `__import__`.
    """
    with modules.importable():
        before, writes_none = _NAMESPACE["__builtins__"], sys.dont_write_bytecode
        _NAMESPACE["__builtins__"] = modules.builtins if modules.names else before
        sys.dont_write_bytecode = True
        try:
            yield
        finally:
            _NAMESPACE["__builtins__"] = before
            sys.dont_write_bytecode = writes_none


def load_failure(error: Exception) -> RuntimeLoadError:
    """Return what is said about a model that raised while it was loaded."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        if error.name.partition(".")[0] in _NATIVE:
            return MissingExtraError("native", f"a release in its native form ({error.name})")
        return MissingModuleError(error.name)
    return RuntimeLoadError(
        f"the native model does not load here: {type(error).__name__}: {error}",
        hint="compare the versions in headway/manifest.json with the installed ones",
    )
