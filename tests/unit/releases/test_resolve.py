from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import mlflow.pyfunc
import pytest

from headway.contract.columns import ColumnChecker
from headway.core.dtypes import Method, Task
from headway.errors import (
    AddressError,
    AliasNotFoundError,
    BundleCorruptError,
    ContractError,
    ModelNotFoundError,
    TrustRefusedError,
)
from headway.releases.release import RegisterRequest
from headway.runtimes.loader import load_runtime
from registries import MemoryRegistry
from workshop import Half, Workshop, credit_frame, credit_model, save_plain

if TYPE_CHECKING:
    from pathlib import Path

FRAME, LABELS = credit_frame()


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path / "home", MemoryRegistry(tmp_path / "registry"))


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A model folder as plain MLflow writes one."""
    example = FRAME.dropna().head(2)
    return save_plain(tmp_path / "plain-credit", data=FRAME, input_example=example)


def registry_of(workshop: Workshop) -> MemoryRegistry:
    assert isinstance(workshop.registry, MemoryRegistry)
    return workshop.registry


def released(workshop: Workshop) -> str:
    """Register the credit model, forget the local copy, and return its digest."""
    request = RegisterRequest(name="credit", model=credit_model(), X=FRAME, y=LABELS)
    digest = workshop.registrar.register(request).digest
    shutil.rmtree(workshop.cache.folder)
    return digest


@pytest.mark.parametrize("address", ["credit", "credit:1", "credit@champion", "models:/credit/1"])
def test_a_release_is_fetched_verified_and_kept(workshop: Workshop, address: str) -> None:
    digest = released(workshop)
    found = workshop.resolver.resolve(address)
    assert (found.name, found.version, found.bundle.digest) == ("credit", "1", digest)
    assert found.bundle.path == workshop.cache.folder / digest
    assert found.record is not None
    assert found.record.aliases == ("champion",)
    assert found.is_trusted
    workshop.resolver.resolve(address)
    assert registry_of(workshop).downloads == 1


def test_a_release_of_another_registry_is_fetched_and_not_trusted(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path, MemoryRegistry(tmp_path / "registry"), is_trusted=False)
    released(workshop)
    found = workshop.resolver.resolve("credit")
    assert not found.is_trusted
    with pytest.raises(TrustRefusedError):
        load_runtime(found.bundle, trust_code=found.is_trusted)


def test_a_release_that_was_changed_in_the_registry_is_refused(
    workshop: Workshop, tmp_path: Path
) -> None:
    released(workshop)
    (tmp_path / "registry" / "credit" / "1" / "model.pkl").write_bytes(b"evil")
    with pytest.raises(BundleCorruptError, match=r"model\.pkl"):
        workshop.resolver.resolve("credit")


def test_a_folder_of_a_release_is_used_where_it_lies(workshop: Workshop, tmp_path: Path) -> None:
    digest = released(workshop)
    folder = tmp_path / "registry" / "credit" / "1"
    found = Workshop(tmp_path / "other", registry=None, is_trusted=False).resolver.resolve(str(folder))  # type: ignore[arg-type]  # fmt: skip
    assert (found.name, found.version, found.bundle.digest) == ("credit", "local", digest)
    assert found.bundle.path == folder
    assert found.is_trusted
    assert found.record is None


def test_a_plain_model_is_served_with_the_contract_of_its_signature(
    workshop: Workshop, plain: Path
) -> None:
    registry_of(workshop).add(plain, "credit")
    found = workshop.resolver.resolve("credit:1")
    bundle = found.bundle
    assert (found.name, found.version) == ("credit", "1")
    assert bundle.contract.names == ("age", "amount", "purpose", "vip")
    assert bundle.contract.feature("age").nullable
    assert bundle.contract.feature("amount").example == FRAME.dropna()["amount"].iloc[0]
    assert bundle.contract.output.task is Task.CLASSIFICATION
    assert Method.PREDICT_PROBA in bundle.contract.output.methods
    assert "golden" in bundle.manifest.absent
    assert load_runtime(bundle, trust_code=True).flavor == "sklearn"
    assert workshop.resolver.resolve("credit:1").bundle == bundle


def test_a_plain_model_answers_as_it_does_in_mlflow(workshop: Workshop, plain: Path) -> None:
    registry_of(workshop).add(plain, "credit")
    bundle = workshop.resolver.resolve("credit:1").bundle
    columns = {name: FRAME[name].tolist() for name in FRAME}
    batch = ColumnChecker(bundle.contract).check_columns(columns)
    given = load_runtime(bundle, trust_code=True).predict(batch, Method.PREDICT).values
    assert given.tolist() == mlflow.pyfunc.load_model(str(plain)).predict(FRAME).tolist()


def test_a_plain_model_of_any_kind_needs_no_code_to_be_looked_at(
    tmp_path: Path, plain: Path
) -> None:
    workshop = Workshop(tmp_path / "home", MemoryRegistry(tmp_path / "registry"), is_trusted=False)
    folder = save_plain(tmp_path / "half", Half(), FRAME[["amount"]])
    registry_of(workshop).add(folder, "half")
    found = workshop.resolver.resolve("half:1")
    assert found.bundle.contract.output.task is Task.OTHER
    assert found.bundle.manifest.execution.flavor == "pyfunc"
    assert not found.is_trusted


def test_a_plain_estimator_needs_trust(tmp_path: Path, plain: Path) -> None:
    workshop = Workshop(tmp_path / "home", MemoryRegistry(tmp_path / "registry"), is_trusted=False)
    registry_of(workshop).add(plain, "credit")
    with pytest.raises(TrustRefusedError, match="`credit:1`") as caught:
        workshop.resolver.resolve("credit:1")
    assert "--trust" in str(caught.value.hint)
    assert list(workshop.cache.folder.iterdir()) == []


def test_a_plain_folder_is_called_by_its_name_and_left_alone(
    workshop: Workshop, plain: Path
) -> None:
    before = {path.name for path in plain.iterdir()}
    found = workshop.resolver.resolve(str(plain))
    assert (found.name, found.version, found.is_trusted) == ("plain-credit", "local", True)
    assert {path.name for path in plain.iterdir()} == before
    assert workshop.resolver.resolve(str(plain)).bundle == found.bundle


def test_a_plain_model_of_a_run(workshop: Workshop, plain: Path) -> None:
    registry_of(workshop).runs["r1"] = plain
    found = workshop.resolver.resolve("runs:/r1/model")
    assert (found.name, found.version, found.record) == ("model", "r1", None)


def test_a_plain_model_without_a_signature_points_to_adopt(
    workshop: Workshop, tmp_path: Path
) -> None:
    registry_of(workshop).add(save_plain(tmp_path / "bare"), "credit")
    with pytest.raises(ContractError, match="no usable signature") as caught:
        workshop.resolver.resolve("credit:1")
    assert "headway adopt" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("credit:seven", AddressError),
        ("nobody", ModelNotFoundError),
        ("credit:9", ModelNotFoundError),
        ("credit@nobody", AliasNotFoundError),
        ("runs:/none/model", ModelNotFoundError),
        ("./none", ModelNotFoundError),
        (".", BundleCorruptError),
    ],
)
def test_what_is_not_there(workshop: Workshop, plain: Path, address: str, error: Any) -> None:
    registry_of(workshop).add(plain, "credit")
    with pytest.raises(error):
        workshop.resolver.resolve(address)
