"""Reads the files that hold training rows: Parquet, CSV, JSON lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pandas as pd

from headway.core.names import nearest_name
from headway.errors import MissingExtraError, TrainingDataError
from headway.registry.reason import first_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


def _read_json(path: Path) -> pd.DataFrame:
    """Read one object a line, or one array of objects. `pandas.read_json` would guess at types."""
    data = path.read_bytes().strip()
    if data.startswith(b"["):
        rows = msgspec.json.decode(data, type=list[dict[str, Any]])
    else:
        decode = msgspec.json.Decoder(dict[str, Any]).decode
        rows = [decode(line) for line in data.splitlines() if line.strip()]
    return pd.DataFrame.from_records(rows)


_READERS: Mapping[str, Callable[[Path], pd.DataFrame]] = {
    ".parquet": pd.read_parquet,
    ".pq": pd.read_parquet,
    ".csv": pd.read_csv,
    ".json": _read_json,
    ".jsonl": _read_json,
    ".ndjson": _read_json,
}


def read_table(path: Path) -> pd.DataFrame:
    """Read a table by the suffix of its file; JSON holds one object a line, or an array of them.

    Raises:
        TrainingDataError: There is no such file, its suffix is unknown, or it cannot be read.
        MissingExtraError: Parquet needs a library that is not installed.
    """
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise TrainingDataError(
            f"`{path.name}` is not a table that is read here",
            hint=f"known suffixes: {', '.join(_READERS)}",
        )
    try:
        return read(path)
    except FileNotFoundError as error:
        raise TrainingDataError(f"there is no file `{path}`") from error
    except ImportError as error:
        raise MissingExtraError("arrow", f"reading `{path.name}`") from error
    except (OSError, ValueError, UnicodeError) as error:
        raise TrainingDataError(
            f"`{path.name}` cannot be read: {first_line(error)}",
            hint="give a Parquet, CSV or JSON lines file, named after what it holds",
        ) from error


def split_target(table: pd.DataFrame, target: str) -> tuple[pd.DataFrame, pd.Series]:
    """Return the features of a table, and its column `target`.

    Raises:
        TrainingDataError: There is no such column. The message names the nearest.
    """
    if target not in table.columns:
        names = [str(name) for name in table.columns]
        nearest = nearest_name(target, names)
        raise TrainingDataError(
            f"the table has no column `{target}`",
            hint=f"did you mean `{nearest}`?" if nearest else f"it has {', '.join(names[:20])}",
        )
    return table.drop(columns=[target]), table[target]
