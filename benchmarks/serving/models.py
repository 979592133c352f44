"""Writes what the contestants serve: `python -m benchmarks.serving.models FOLDER`.

Below the folder lies one folder for each model: the fitted model, what its columns are (`meta.json`), rows and the
probabilities that the model itself answers for them (`rows.json`), the same rows as a table of Arrow. Headway's releases
of the same models lie in the home of the other benchmarks.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import pyarrow as pa
import torch
from benchmarks.credit import credit_settings, fit_credit, read_credit
from sklearn.datasets import load_digits
from torch import nn

import headway.api

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.config.settings import Settings

_EPOCHS = 30


def main() -> None:
    """Write both models."""
    folder = Path(sys.argv[1])
    settings = credit_settings()
    write_credit(folder / "credit")
    write_digits(folder / "digits", settings)


def write_credit(folder: Path) -> None:
    """Write the gradient boosting pipeline."""
    folder.mkdir(parents=True, exist_ok=True)
    features, target = read_credit()
    model = fit_credit(features, target)
    joblib.dump(model, folder / "model.joblib")
    numbers = features.select_dtypes("number").columns.tolist()
    meta = {"kind": "frame", "columns": features.columns.tolist(), "numbers": numbers}
    rows = features.to_dict("records")
    table = pa.Table.from_pandas(features, preserve_index=False)
    write(folder, meta, rows, model.predict_proba(features))
    write_arrow(folder, table)


def write_digits(folder: Path, settings: Settings) -> None:
    """Write a net of three layers, and register it."""
    folder.mkdir(parents=True, exist_ok=True)
    images, labels = load_digits(return_X_y=True)
    pixels = (images / 16).astype("float32")
    net = trained(torch.from_numpy(pixels), torch.from_numpy(labels))
    torch.save(net, folder / "model.pt")
    with torch.no_grad():
        shares = torch.softmax(net(torch.from_numpy(pixels)), dim=1).numpy()
    meta = {"kind": "array", "columns": list(range(pixels.shape[1])), "numbers": []}
    write(folder, meta, pixels.tolist(), shares)
    answer = headway.Answer(classes=list(range(10)), given_as="logits")
    headway.register(net, pixels, name="digits", output=answer, settings=settings)
    names = [feature.name for feature in headway.api.contract("digits", settings=settings).features]
    columns = [pa.array(column) for column in pixels.T]
    write_arrow(folder, pa.Table.from_arrays(columns, names))


def trained(pixels: torch.Tensor, labels: torch.Tensor) -> nn.Sequential:
    """Return a net that knows the digits."""
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)
    )
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    for _ in range(_EPOCHS):
        for batch in torch.randperm(len(labels)).split(64):
            loss = nn.functional.cross_entropy(net(pixels[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return net.eval()


def write(folder: Path, meta: dict[str, Any], rows: list[Any], shares: NDArray[Any]) -> None:
    """Write what the harness reads."""
    (folder / "meta.json").write_text(json.dumps(meta))
    (folder / "rows.json").write_text(json.dumps({"rows": rows, "expected": shares.tolist()}))


def write_arrow(folder: Path, table: pa.Table) -> None:
    """Write the first 1,000 rows as a stream of Arrow, its strings dictionary-encoded."""
    columns = [
        column.dictionary_encode() if pa.types.is_large_string(column.type) or pa.types.is_string(column.type) else column
        for column in table.slice(0, 1_000).columns
    ]  # fmt: skip
    encoded = pa.Table.from_arrays(columns, table.column_names).combine_chunks()
    with pa.ipc.new_stream(folder / "rows.arrow", encoded.schema) as writer:
        writer.write_table(encoded)


if __name__ == "__main__":
    main()
