"""The code that a contract carries, loaded from a bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from pydantic import BaseModel, field_validator

from headway.bundle import layout
from headway.bundle.bundle import BundleDescription, write_bundle
from headway.bundle.manifest import Execution
from headway.contract.model import UserValidator
from headway.core.dtypes import DType
from headway.errors import RuntimeLoadError, TrustRefusedError
from headway.releases.cloudpickle import pickle_class
from headway.runtimes.validator import load_validator
from unit.contract.strategies import contract_of, feature

if TYPE_CHECKING:
    from pathlib import Path

    from headway.bundle.bundle import Bundle

CONTRACT = msgspec.structs.replace(
    contract_of(feature("age", DType.INTEGER)), validator=UserValidator("Request", ("adult",))
)


class Request(BaseModel):
    age: int

    @field_validator("age")
    @classmethod
    def adult(cls, value: int) -> int:
        if value < 18:
            raise ValueError("too young")
        return value


def bundle_with(folder: Path, validator: bytes) -> Bundle:
    files = {layout.CONTRACT: msgspec.json.encode(CONTRACT), layout.VALIDATOR: validator}
    described = BundleDescription(
        name="credit",
        label="",
        created_at="2026-01-01T00:00:00+00:00",
        execution=Execution("lowered", "sklearn", "model.pkl", "lowered"),
        libraries={"pydantic": "2.0"},
        absent={},
    )
    return write_bundle(folder, files, described)


def test_a_trusted_validator_judges(tmp_path: Path) -> None:
    bundle = bundle_with(tmp_path, pickle_class(Request))
    validator = load_validator(bundle, bundle.contract, trust_code=True)
    assert validator.judge((41,)).complaints == ()
    assert validator.judge((17,)).complaints == ((0, "too young"),)


def test_code_is_not_run_without_trust(tmp_path: Path) -> None:
    bundle = bundle_with(tmp_path, b"never read")
    with pytest.raises(TrustRefusedError, match="validators in Python") as caught:
        load_validator(bundle, bundle.contract, trust_code=False)
    assert "--trust" in (caught.value.hint or "")


def test_what_does_not_load_says_what_it_was_made_with(tmp_path: Path) -> None:
    bundle = bundle_with(tmp_path, b"no pickle")
    with pytest.raises(RuntimeLoadError) as caught:
        load_validator(bundle, bundle.contract, trust_code=True)
    assert caught.value.hint == "it was made with pydantic 2.0"


def test_a_missing_module_is_named(tmp_path: Path) -> None:
    bundle = bundle_with(tmp_path, b"cno_such_module_anywhere\nThing\n.")
    with pytest.raises(RuntimeLoadError, match="`no_such_module_anywhere`"):
        load_validator(bundle, bundle.contract, trust_code=True)
