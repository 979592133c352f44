"""Classes of the user's own, written so that they load anywhere."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING, ClassVar

import pytest
from pydantic import BaseModel

from headway.errors import ContractError
from headway.releases.cloudpickle import pickle_class
from headway.releases.contract_file import read_contract_file

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = "LIMIT = 9\n\ndef allowed(value):\n    return value <= LIMIT\n"
SCHEMAS = """
from pydantic import BaseModel, field_validator
from own_limits_of_a_test import allowed

class Request(BaseModel):
    age: int

    @field_validator("age")
    @classmethod
    def checked(cls, value):
        if not allowed(value):
            raise ValueError("above nine")
        return value
"""
LOAD = """
import pickle, sys
model = pickle.load(open(sys.argv[1], "rb"))
print(model(age=3).age)
try:
    model(age=10)
except ValueError as error:
    print(error.errors()[0]["msg"])
"""


def test_a_class_loads_where_its_modules_are_not(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "own_limits_of_a_test.py").write_text(LIMITS)
    (source / "own_schemas_of_a_test.py").write_text(SCHEMAS)
    try:
        model = read_contract_file(f"{source / 'own_schemas_of_a_test.py'}:Request")
        (tmp_path / "model.pkl").write_bytes(pickle_class(model))
    finally:
        for name in ("own_limits_of_a_test", "own_schemas_of_a_test"):
            sys.modules.pop(name, None)
    result = subprocess.run(
        [sys.executable, "-c", LOAD, str(tmp_path / "model.pkl")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.split("\n")[:2] == ["3", "Value error, above nine"]


def test_the_same_code_has_one_digest_and_other_code_another(tmp_path: Path) -> None:
    digests = []
    for limit in (9, 9, 8):
        (tmp_path / "own_digest_of_a_test.py").write_text(
            SCHEMAS.replace("own_limits_of_a_test", "own_limits_2")
        )
        (tmp_path / "own_limits_2.py").write_text(LIMITS.replace("9", str(limit)))
        program = (
            "import sys; from headway.releases.contract_file import read_contract_file\n"
            "from headway.releases.cloudpickle import digest_of_class, pickle_class\n"
            "print(digest_of_class(pickle_class(read_contract_file(sys.argv[1]))))"
        )
        place = f"{tmp_path / 'own_digest_of_a_test.py'}:Request"
        result = subprocess.run(
            [sys.executable, "-B", "-c", program, place], capture_output=True, text=True, check=True
        )
        digests.append(result.stdout)
    assert digests[0] == digests[1]
    assert digests[0] != digests[2]


def test_what_cannot_be_written_is_an_error() -> None:
    class Locked(BaseModel):
        lock: ClassVar = threading.Lock()

    with pytest.raises(ContractError, match="`Locked` cannot be written down"):
        pickle_class(Locked)
