"""Reads training rows that are arrays by name: the files that `numpy.savez` writes."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.contract.text import listed
from headway.errors import TrainingDataError
from headway.registry.reason import described

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SUFFIX = ".npz"


def read_arrays(
    path: Path, target: str | None
) -> tuple[dict[str, NDArray[Any]] | NDArray[Any], NDArray[Any] | None]:
    """Return the arrays of a file, and apart the one that was to be learned. Runs no code of it.

    Args:
        path: The file.
        target: Name of the array of labels; `None` for none.

    Returns:
        Arrays by name, or the array where there is but one; and the labels.

    Raises:
        TrainingDataError: The file cannot be read, or has no such array.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise TrainingDataError(
            f"`{path.name}` holds no arrays that are read here: {described(error)}",
            hint="write it with `numpy.savez(path, name=array)`, from arrays of numbers",
        ) from error
    labels = None
    if target is not None:
        if target not in arrays:
            raise TrainingDataError(
                f"`{path.name}` has no array `{target}`", hint=f"it has {listed(list(arrays))}"
            )
        labels = arrays.pop(target)
    return (arrays if len(arrays) > 1 else next(iter(arrays.values()), np.empty((0, 0)))), labels
