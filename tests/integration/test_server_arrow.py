"""Tables of Arrow, good and bad, to a real worker: each gets its answer, and it lives on."""

from __future__ import annotations

import json
import random
import struct
import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from crafted import ROW, crafted_plan
from running import Running, running
from unit.contract.arrow.tables import file, stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STREAM = {"Content-Type": "application/vnd.apache.arrow.stream"}
FILE = {"Content-Type": "application/vnd.apache.arrow.file"}
ROWS = [ROW, ROW | {"age": 30, "amount": None}, ROW | {"purpose": "tv", "amount": 7.5}]
TABLE = pa.Table.from_pylist(ROWS)
PATHS = ("/predict", "/models/credit/predict", "/models/credit/versions/3/predict")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("server")
    with running(folder, crafted_plan(folder)) as server:
        yield server


@pytest.fixture(autouse=True)
def it_lives_on(server: Running) -> Iterator[None]:
    yield
    assert server.predict(ROW).status == 200
    assert server.ask("GET", "/readyz").status == 200


def changed(name: str, values: Any) -> pa.Table:
    return TABLE.set_column(TABLE.column_names.index(name), name, [values])


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("write", "headers"), [(stream, STREAM), (file, FILE)])
@pytest.mark.parametrize("compression", [None, "zstd"])
def test_a_table_is_answered_as_its_rows_are(
    server: Running, path: str, write: Callable[..., bytes], headers: Any, compression: str | None
) -> None:
    asked = f"{path}?method=predict_proba"
    answer = server.predict(write(TABLE, compression=compression), asked, headers=headers)
    assert answer.status == 200
    expected = server.predict({"rows": ROWS}, asked).json()
    for key in ("prediction", "probabilities", "model", "version"):
        assert answer.json()[key] == expected[key]
    assert len(answer.json()["prediction_ids"]) == 3


REFUSED: dict[str, tuple[bytes, int, str]] = {
    "JSON": (json.dumps(ROW).encode(), 400, "input.malformed"),
    "nothing": (b"", 400, "input.malformed"),
    "cut short": (stream(TABLE)[:-400], 400, "input.malformed"),
    "a vast declared length": (b"\xff\xff\xff\xff\xff\xff\xff\x7f" + bytes(64), 400, "input.malformed"),
    "a column twice": (
        stream(pa.Table.from_arrays([*TABLE.columns, TABLE["age"]], [*TABLE.column_names, "age"])),
        400,
        "input.malformed",
    ),
    "a buffer that lies": (
        stream(changed("purpose", ["car", "tv", "car"])).replace(
            struct.pack("<iiii", 0, 3, 5, 8), struct.pack("<iiii", 0, 3, 5, 2**30)
        ),
        400,
        "input.malformed",
    ),
    "no rows": (stream(TABLE.slice(0, 0)), 422, "contract.violated"),
    "another schema": (stream(pa.table({"x": [1]})), 422, "contract.violated"),
    "a wrong type": (stream(changed("age", ["1", "2", "3"])), 422, "contract.violated"),
    "a date": (stream(changed("age", pa.array([1, 2, 3], pa.date32()))), 422, "contract.violated"),
    "a null": (stream(changed("age", [None, 20, 30])), 422, "contract.violated"),
    "below the range": (stream(changed("age", [17, 20, 30])), 422, "contract.violated"),
    "too many rows": (stream(pa.table({"age": np.zeros(60_000, dtype="i1")})), 413, "input.too_large"),
    "a bomb": (
        stream(pa.table({"purpose": ["x" * 100_000_000]}), compression="zstd"),
        413,
        "input.too_large",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_table_is_refused_with_its_reason(server: Running, name: str) -> None:
    body, status, code = REFUSED[name]
    answer = server.predict(body, headers=STREAM)
    assert (answer.status, answer.json()["code"]) == (status, code)
    assert "Traceback" not in answer.body.decode()
    assert ".py" not in answer.body.decode()


def test_no_change_of_bytes_is_ever_the_server_s_fault(server: Running) -> None:
    chance = random.Random(3)
    for write, headers in ((stream, STREAM), (file, FILE)):
        for table in (
            TABLE,
            changed("purpose", TABLE["purpose"].combine_chunks().dictionary_encode()),
        ):
            body = write(table, compression="lz4")
            for _ in range(60):
                spoiled = bytearray(body)
                for _ in range(chance.randint(1, 4)):
                    spoiled[chance.randrange(len(body))] = chance.choice([0, 1, 127, 255])
                assert server.predict(bytes(spoiled), headers=headers).status in {
                    200,
                    400,
                    413,
                    422,
                }


def test_others_are_answered_while_a_large_table_is_read(server: Running) -> None:
    n_rows = 50_000
    table = pa.table({name: [value] * n_rows for name, value in ROW.items()})
    statuses: list[int] = []
    sender = threading.Thread(
        target=lambda: statuses.append(server.predict(stream(table), headers=STREAM).status)
    )
    sender.start()
    slowest_s = 0.0
    while sender.is_alive():
        start_s = time.perf_counter()
        assert server.predict(ROW).status == 200
        slowest_s = max(slowest_s, time.perf_counter() - start_s)
    sender.join()
    assert statuses == [200]
    assert slowest_s < 2.0


def test_the_document_of_the_api_names_the_content_types(server: Running) -> None:
    document = server.ask("GET", "/openapi.json").json()
    content = document["paths"]["/predict"]["post"]["requestBody"]["content"]
    assert set(content) == {"application/json", *STREAM.values(), *FILE.values()}
