"""CPU of the contract: rows decoded and checked, tables checked, a contract learned.

The unit is CPU time of this process. pydantic's own models of the same contract run beside ours, in the
same run, because a slow machine slows both.
"""

from __future__ import annotations

import ctypes
import gc
import json
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from budgets import Budgets
from credit import read_credit
from process_tree import load_average

from headway.contract.arrow.table import column_values
from headway.contract.columns import ColumnChecker
from headway.contract.infer import infer_contract
from headway.contract.model import Output
from headway.contract.pydantic.models import row_model
from headway.contract.reader import BodyReader
from headway.core.dtypes import DType, Task
from headway.runtimes.encoder import Encoder, EncoderColumn

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.contract.model import Contract

OUTPUT = Output(task=Task.OTHER)
REPEATS = 7
ONE_ROW_LOOPS = 5_000
JSON_ROWS = 10_000
MANY_ROWS = 1_000_000
MISSING_RATIO = 0.05
_STATUS = Path("/proc/self/status")
_RESET_PEAK = Path("/proc/self/clear_refs")


def main() -> None:
    """Measure, print, and end with 1 where a budget is broken."""
    budgets = Budgets("contract")
    print(f"load average {load_average():.2f}")
    measure_inference(budgets)
    features, _ = read_credit()
    contract = infer_contract(features, OUTPUT).contract
    measure_json(budgets, contract, features)
    measure_tables(budgets, contract, features)
    print(f"load average {load_average():.2f}")
    budgets.end()


def measure_json(budgets: Budgets, contract: Contract, features: pd.DataFrame) -> None:
    """Measure one row and many rows of JSON."""
    rows = features.to_dict("records")
    reader = BodyReader(contract, max_rows=JSON_ROWS)
    one = json.dumps(rows[0]).encode()

    def read_one() -> None:
        for _ in range(ONE_ROW_LOOPS):
            reader.read(one)

    print("1 row of 20 mixed features, us of CPU")
    one_us = median_s(read_one) / ONE_ROW_LOOPS * 1e6
    print("  headway ", budgets.check("one_row_us", one_us))
    body = json.dumps({"rows": (rows * 10)[:JSON_ROWS]}).encode()
    model = row_model(contract, "credit")

    def validate() -> None:
        for row in json.loads(body)["rows"]:
            model.model_validate(row)

    print(f"{JSON_ROWS} rows of JSON, ms of CPU")
    many_ms = median_s(lambda: reader.read(body)) * 1e3
    print("  headway ", budgets.check("json_rows_ms", many_ms))
    pydantic_ms = median_s(validate, 3) * 1e3
    print(f"  pydantic {pydantic_ms:.2f}")
    ratio = many_ms / pydantic_ms
    print("  headway of pydantic", budgets.check("json_rows_of_pydantic", ratio))


def measure_tables(budgets: Budgets, contract: Contract, features: pd.DataFrame) -> None:
    """Measure tables of Arrow whose strings are dictionary-encoded, and plain."""
    repeated = pd.concat([features] * (MANY_ROWS // len(features)), ignore_index=True)
    plain = pa.Table.from_pandas(repeated, preserve_index=False).combine_chunks()
    is_text = [feature.dtype is DType.STRING for feature in contract.features]
    encoded = pa.Table.from_arrays(
        [
            column.dictionary_encode() if text else column
            for column, text in zip(plain.columns, is_text, strict=True)
        ],
        plain.column_names,
    )
    checker = ColumnChecker(contract)

    def check(table: pa.Table) -> Any:
        columns = zip(table.column_names, table.columns, strict=True)
        return checker.check_columns({name: column_values(column) for name, column in columns})

    print(f"{MANY_ROWS} rows of Arrow, s of CPU")
    for name, table in (("arrow_dictionary_s", encoded), ("arrow_plain_s", plain)):
        print(f"  {name:18}", budgets.check(name, median_s(lambda table=table: check(table))))
    batch = check(encoded)
    encoder = Encoder(
        [EncoderColumn(f.name, vocabulary=f.observed.categories) for f in contract.features]
    )
    print(f"  encoded for a graph {median_s(lambda: encoder.encode(batch)):.2f}")


def measure_inference(budgets: Budgets) -> None:
    """Measure a contract learned from a million rows of 35 columns, and the memory beside them."""
    frame = mixed_frame()
    gc.collect()
    # what the making of the frame has freed would hide what the inference takes
    ctypes.CDLL(None).malloc_trim(0)
    _RESET_PEAK.write_text("5")
    before_mb = _memory_mb("VmRSS")
    infer_contract(frame, OUTPUT)
    extra_mb = _memory_mb("VmHWM") - before_mb
    print(f"a contract learned from {MANY_ROWS} rows of {frame.shape[1]} columns")
    learned_s = median_s(lambda: infer_contract(frame, OUTPUT), 3)
    print("  s of CPU", budgets.check("inference_s", learned_s))
    print("  MB more at the peak", budgets.check("inference_mb", extra_mb))


def mixed_frame() -> pd.DataFrame:
    """Return 20 floats, 5 integers, 2 booleans, 6 strings of few and many values, 2 categories."""
    random = np.random.default_rng(0)
    columns: dict[str, Any] = {f"float_{i}": random.normal(size=MANY_ROWS) for i in range(20)}
    for i in range(0, 20, 3):
        columns[f"float_{i}"][random.random(MANY_ROWS) < MISSING_RATIO] = np.nan
    for i in range(5):
        columns[f"integer_{i}"] = random.integers(0, 10 ** (i + 1), MANY_ROWS)
    for i in range(2):
        columns[f"boolean_{i}"] = random.integers(0, 2, MANY_ROWS).astype(bool)
    for i, n_values in enumerate((3, 20, 500, 5_000, 200_000, MANY_ROWS)):
        words = np.array([f"value {value}" for value in range(n_values)], dtype=object)
        text = words[random.integers(0, n_values, MANY_ROWS)]
        text[random.random(MANY_ROWS) < MISSING_RATIO] = None
        columns[f"string_{i}"] = pd.Series(text, dtype=object if i % 2 else "str")
    for i, n_values in enumerate((5, 100)):
        codes = random.integers(-1, n_values, MANY_ROWS)
        names = [f"category {value}" for value in range(n_values)]
        columns[f"category_{i}"] = pd.Categorical.from_codes(codes, names)
    return pd.DataFrame(columns)


def median_s(work: Callable[[], Any], repeats: int = REPEATS) -> float:
    """Return the median CPU time of several runs."""
    durations_s = []
    for _ in range(repeats):
        start_s = time.process_time()
        work()
        durations_s.append(time.process_time() - start_s)
    return statistics.median(durations_s)


def _memory_mb(field: str) -> float:
    (line,) = (line for line in _STATUS.read_text().splitlines() if line.startswith(f"{field}:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
