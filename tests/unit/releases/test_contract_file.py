"""A pydantic model in a file that a person names."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headway.errors import ContractError
from headway.releases.contract_file import read_contract_file

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = """
from pydantic import BaseModel
from limits_beside_a_contract import LIMIT

class Request(BaseModel):
    age: int = LIMIT

class Other(BaseModel):
    x: int
"""


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "limits_beside_a_contract.py").write_text("LIMIT = 3\n")
    file = tmp_path / "contract_of_a_test.py"
    file.write_text(SOURCE)
    path = list(sys.path)
    yield file
    assert sys.path == path
    for name in ("contract_of_a_test", "limits_beside_a_contract", "broken_of_a_test"):
        sys.modules.pop(name, None)


def test_the_class_is_found_with_what_lies_beside_it(file: Path) -> None:
    assert read_contract_file(f"{file}:Request")().age == 3  # type: ignore[call-arg]


@pytest.mark.parametrize("place", ["schemas.py", "Request", "schemas.txt:Request", ":x", "a.py:"])
def test_another_form_is_explained(place: str) -> None:
    with pytest.raises(ContractError) as caught:
        read_contract_file(place)
    assert "FILE.py:CLASS" in (caught.value.hint or "")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="there is no file"):
        read_contract_file(f"{tmp_path / 'none.py'}:Request")


def test_a_class_that_is_not_there_has_a_hint(file: Path) -> None:
    with pytest.raises(ContractError) as caught:
        read_contract_file(f"{file}:Requst")
    assert caught.value.hint == "did you mean `Request`?"
    with pytest.raises(ContractError) as caught:
        read_contract_file(f"{file}:LIMIT")
    assert caught.value.hint == "it has `Request`, `Other`"


@pytest.mark.parametrize("name", ["types.py", "json.py"])
def test_a_file_may_be_called_like_another_module(tmp_path: Path, file: Path, name: str) -> None:
    known = sys.modules[Path(name).stem]
    (tmp_path / name).write_text(
        "from pydantic import BaseModel\n\nclass A(BaseModel):\n    x: int\n"
    )
    assert read_contract_file(f"{tmp_path / name}:A").__name__ == "A"
    assert sys.modules[Path(name).stem] is known


@pytest.mark.parametrize("line", ["raise RuntimeError('no')", "import sys; sys.exit(0)"])
def test_a_file_that_ends_is_an_error_and_leaves_nothing(tmp_path: Path, line: str) -> None:
    (tmp_path / "ends.py").write_text(line)
    before = set(sys.modules)
    with pytest.raises(ContractError, match="does not import"):
        read_contract_file(f"{tmp_path / 'ends.py'}:A")
    assert not [name for name in set(sys.modules) - before if "ends" in name]


def test_a_file_that_raises(tmp_path: Path, file: Path) -> None:
    broken = tmp_path / "broken_of_a_test.py"
    broken.write_text("raise RuntimeError('no')\n")
    with pytest.raises(ContractError, match="does not import"):
        read_contract_file(f"{broken}:Request")
