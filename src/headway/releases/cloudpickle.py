"""Writes a class of the user's own so that it loads where the module that defines it is not."""

from __future__ import annotations

import contextlib
import re
import sys

import cloudpickle

from headway.core.hashing import sha256_of_bytes
from headway.errors import ContractError
from headway.registry.reason import described
from headway.releases.own_modules import own_modules

# cloudpickle gives each class a random name for its own use, and pydantic names a class by its place in memory
_RANDOM = re.compile(rb"[0-9a-f]{32}|:[0-9]{9,}")


def pickle_class(cls: type) -> bytes:
    """Return a class with all of the user's own code that it uses, by value.

    Raises:
        ContractError: It holds something that cannot be written down.
    """
    with contextlib.ExitStack() as stack:
        registered = cloudpickle.list_registry_pickle_by_value()
        for name in set(own_modules()) - set(registered):
            module = sys.modules[name]
            if module.__name__ == name:
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


def digest_of_class(written: bytes) -> str:
    """Return what tells the code of two classes apart, from what `pickle_class` wrote.

    The same source at the same place gives the same digest in any process. Another place gives another
    one, although it may be the same code.
    """
    return sha256_of_bytes(_RANDOM.sub(b"", written))
