from __future__ import annotations

import pytest

from headway.errors import (
    AliasNotFoundError,
    AmbiguousModelError,
    ModelNotFoundError,
    RegistryError,
    RegistryUnavailableError,
)


@pytest.mark.parametrize(
    "kind",
    [AliasNotFoundError, AmbiguousModelError, ModelNotFoundError, RegistryUnavailableError],
)
def test_whoever_catches_the_registry_catches_its_kinds(kind: type[RegistryError]) -> None:
    with pytest.raises(RegistryError):
        raise kind("x", hint="y")
