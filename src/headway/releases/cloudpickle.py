"""Writes a class of the user's own so that it loads where the module that defines it is not."""

from __future__ import annotations

import contextlib
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import cloudpickle

from headway.errors import ContractError
from headway.registry.reason import described

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

_INSTALLED = tuple(
    Path(sysconfig.get_path(kind)).resolve()
    for kind in ("stdlib", "platstdlib", "purelib", "platlib")
)
_SELF = __name__.partition(".")[0]


def pickle_class(cls: type) -> bytes:
    """Return a class with all of the user's own code that it uses, by value.

    Raises:
        ContractError: It holds something that cannot be written down.
    """
    with contextlib.ExitStack() as stack:
        for module in list(_own_modules()):
            cloudpickle.register_pickle_by_value(module)
            stack.callback(cloudpickle.unregister_pickle_by_value, module)
        try:
            written: bytes = cloudpickle.dumps(cls)
        except Exception as error:  # pickling may raise anything
            raise ContractError(
                f"the pydantic model `{cls.__name__}` cannot be written down: {described(error)}",
                hint="its validators may use no open file, lock or connection",
            ) from error
    return written


def _own_modules() -> Iterator[ModuleType]:
    """Yield what is imported here and was not installed: code that another machine does not have."""
    registered = cloudpickle.list_registry_pickle_by_value()
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        is_ours = name.partition(".")[0] in {_SELF, "__main__"} or name in registered
        if file is None or is_ours or module.__name__ != name:
            continue
        path = Path(file).resolve()
        if not any(path.is_relative_to(folder) for folder in _INSTALLED):
            yield module
