from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from headway.errors import MissingExtraError, TrainingDataError
from headway.releases.table import read_table, split_target

if TYPE_CHECKING:
    from pathlib import Path

FRAME = pd.DataFrame({"age": [41.0, None], "amount": [5, 6], "when": ["2024-01-02", "x"]})


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("rows.parquet", FRAME.to_parquet),
        ("rows.PQ", FRAME.to_parquet),
        ("rows.csv", lambda path: FRAME.to_csv(path, index=False)),
        ("rows.json", lambda path: FRAME.to_json(path, orient="records", lines=True)),
        ("array.json", lambda path: FRAME.to_json(path, orient="records")),
        ("rows.jsonl", lambda path: FRAME.to_json(path, orient="records", lines=True)),
        ("rows.ndjson", lambda path: FRAME.to_json(path, orient="records", lines=True)),
    ],
)
def test_each_kind_of_file_gives_the_same_rows(tmp_path: Path, name: str, write: Any) -> None:
    write(tmp_path / name)
    pd.testing.assert_frame_equal(read_table(tmp_path / name), FRAME)


def test_json_keeps_its_types(tmp_path: Path) -> None:
    row = '{"date": "2024-01-02", "created_at": 5, "zip": "007", "x": 0.30000000000000004}'
    (tmp_path / "rows.json").write_text(f"\n{row}\n\n{row}\n")
    table = read_table(tmp_path / "rows.json")
    assert table.iloc[1].tolist() == ["2024-01-02", 5, "007", 0.1 + 0.2]


def test_a_float_in_a_csv_keeps_every_digit(tmp_path: Path) -> None:
    numbers = [0.1 + 0.2, 1e-310, 123456789.12345679, 5e-324, 1.7976931348623157e308]
    (tmp_path / "rows.csv").write_text("x\n" + "\n".join(map(repr, numbers)))
    assert read_table(tmp_path / "rows.csv")["x"].tolist() == numbers


@pytest.mark.parametrize("name", ["rows.xlsx", "rows", "rows.parquet.gz", ".csv"])
def test_another_suffix_names_those_that_are_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("a\n1\n")
    with pytest.raises(TrainingDataError, match="is not a table that is read here") as caught:
        read_table(tmp_path / name)
    assert ".parquet" in str(caught.value.hint)


@pytest.mark.parametrize("name", ["none.csv", "none.parquet", "none.json"])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(TrainingDataError, match="there is no file"):
        read_table(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("rows.parquet", b"PAR1 but not really"),
        ("rows.csv", b""),
        ("rows.csv", b'a,b\n1,2,3,4\n"'),
        ("rows.csv", b"\xff\xfe\xff\x00a,b"),
        ("rows.json", b'{"a": 1}\n{"a": '),
        ("rows.json", b"[1, 2"),
        ("rows.json", b"[1, 2]"),
        ("rows.json", b"3\n4"),
    ],
)
def test_a_file_that_cannot_be_read_says_so_in_one_line(
    tmp_path: Path, name: str, data: bytes
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(TrainingDataError, match=f"`{name}` cannot be read: ") as caught:
        read_table(tmp_path / name)
    assert "\n" not in caught.value.message


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").mkdir()
    with pytest.raises(TrainingDataError, match="cannot be read"):
        read_table(tmp_path / "rows.csv")


def test_parquet_without_its_library_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FRAME.to_parquet(tmp_path / "rows.parquet")
    real = builtins.__import__

    def without_arrow(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] in {"pyarrow", "fastparquet"}:
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without_arrow)
    with pytest.raises(MissingExtraError, match="needs the extra `arrow`") as caught:
        read_table(tmp_path / "rows.parquet")
    assert caught.value.extra == "arrow"


def test_the_target_is_taken_out() -> None:
    features, target = split_target(FRAME, "amount")
    assert list(features.columns) == ["age", "when"]
    assert target.tolist() == [5, 6]


def test_a_target_that_is_not_there_names_the_nearest() -> None:
    with pytest.raises(TrainingDataError, match="no column `amout`") as caught:
        split_target(FRAME, "amout")
    assert caught.value.hint == "did you mean `amount`?"
    with pytest.raises(TrainingDataError) as caught:
        split_target(FRAME, "zzz")
    assert caught.value.hint == "it has age, amount, when"
