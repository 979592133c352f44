from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sklearn
from sklearn.linear_model import LogisticRegression

from headway.contract.declarations import Private, Range
from headway.errors import (
    AddressError,
    CodeError,
    ContractError,
    MissingModuleError,
    RegistryError,
    TrainingDataError,
    TrustRefusedError,
)
from headway.releases.adopt import ADOPTED_FROM_TAG, AdoptRequest
from headway.releases.release import RegisterRequest
from headway.releases.replay import replay_golden
from headway.runtimes.loader import load_runtime
from own_code import fitted, training_in, write_package
from registries import MemoryRegistry
from workshop import Half, Workshop, credit_frame, credit_model, save_plain

if TYPE_CHECKING:
    from headway.bundle.bundle import Bundle
    from headway.releases.release import Release

FRAME, LABELS = credit_frame()
SAMPLE = FRAME.head(200)


class Bench:
    """An adopter over a registry that holds `credit:1` of plain MLflow."""

    def __init__(self, folder: Path, *, is_trusted: bool = True) -> None:
        self.registry = MemoryRegistry(folder / "registry")
        self.workshop = Workshop(folder / "home", self.registry, is_trusted=is_trusted)
        self.plain = save_plain(folder / "plain", data=FRAME)
        self.registry.add(self.plain, "credit")
        self.steps: list[str] = []

    def adopt(self, **request: Any) -> Release:
        given = AdoptRequest(**{"source": "models:/credit/1", "data": SAMPLE, **request})
        return self.workshop.adopter.adopt(given, self.steps.append)

    def bundle(self, release: Release) -> Bundle:
        found = self.workshop.cache.get(release.digest)
        assert found is not None
        return found

    def tags(self, release: Release) -> dict[str, str]:
        record = self.registry.records[release.name, release.version]
        assert record is not None
        return dict(record.tags)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_plain_model_becomes_a_full_release_of_the_same_name(bench: Bench) -> None:
    release = bench.adopt(y=LABELS[:200])
    assert release.address == "credit:2"
    assert release.aliases == ()
    assert bench.tags(release)[ADOPTED_FROM_TAG] == "credit:1"
    bundle = bench.bundle(release)
    golden = bundle.golden_rows()
    assert golden is not None
    replay_golden(load_runtime(bundle, trust_code=True), golden)
    assert release.contract.feature("age").observed.minimum == SAMPLE["age"].min()
    assert "training data" in release.absent
    assert [version.digest for version in bench.registry.versions("credit")] == [
        release.digest,
        None,
    ]


def test_the_files_of_the_model_stay_as_they_are(bench: Bench) -> None:
    bundle = bench.bundle(bench.adopt())
    assert (bundle.path / "model.pkl").read_bytes() == (bench.plain / "model.pkl").read_bytes()
    assert not (bench.plain / "headway").exists()


def test_it_can_get_a_name_a_label_and_an_alias_of_its_own(bench: Bench) -> None:
    release = bench.adopt(name="credit-risk", label="adopted", alias="blue")
    assert release.address == "credit-risk:1"
    assert release.aliases == ("blue", "champion")
    assert bench.bundle(release).manifest.label == "adopted"


def test_columns_beside_the_signature_are_left_out_and_types_are_its(bench: Bench) -> None:
    data = SAMPLE.assign(label=LABELS[:200], age=SAMPLE["age"].fillna(30).astype(int))
    release = bench.adopt(data=data)
    assert release.contract.names == ("age", "amount", "purpose", "vip")
    assert release.contract.feature("age").storage == "float64"
    assert "left out `label`: the signature has none" in release.notes


def test_a_model_of_another_scikit_learn_is_a_note(bench: Bench) -> None:
    (pickled,) = bench.plain.parent.rglob("registry/**/model.pkl")
    pickled.write_bytes(pickled.read_bytes().replace(sklearn.__version__.encode(), b"1.2.3"))
    assert any("fitted with scikit-learn 1.2.3" in note for note in bench.adopt().notes)


def test_evaluation_rows_are_measured(bench: Bench) -> None:
    unseen = FRAME.tail(100).assign(label=1)
    release = bench.adopt(evaluation=(unseen, LABELS[-100:]))
    assert release.metrics["accuracy"] > 0.6


def test_constraints_are_declared(bench: Bench) -> None:
    release = bench.adopt(constraints={"age": Range(18, 120)})
    assert release.contract.feature("age").constraints.le == 120


def test_no_row_is_kept_where_none_may_be(bench: Bench) -> None:
    release = bench.adopt(rows="none")
    assert bench.bundle(release).golden_rows() is None


@pytest.mark.parametrize(
    "request_", [{"rows": "none"}, {"constraints": {"purpose": Private()}}], ids=["none", "private"]
)
def test_an_example_of_the_plain_model_is_not_kept_where_it_may_not_be(
    bench: Bench, tmp_path: Path, request_: dict[str, Any]
) -> None:
    folder = save_plain(tmp_path / "shown", data=FRAME, input_example=FRAME.head(2))
    assert list(folder.glob("*input_example*"))
    bundle = bench.bundle(bench.adopt(source=str(folder), name="shown", **request_))
    assert not list(bundle.path.rglob("*input_example*"))
    assert list(folder.glob("*input_example*"))


def test_a_folder_and_a_run_need_a_name(bench: Bench) -> None:
    bench.registry.runs["r1"] = bench.plain
    for source in (str(bench.plain), "runs:/r1/model"):
        with pytest.raises(AddressError, match="has no name") as caught:
            bench.adopt(source=source)
        assert "--name" in str(caught.value.hint)
    assert bench.adopt(source="runs:/r1/model", name="of-run").address == "of-run:1"
    release = bench.adopt(source=str(bench.plain), name="of-folder")
    assert release.address == "of-folder:1"
    assert bench.tags(release)[ADOPTED_FROM_TAG] == str(bench.plain)


def test_a_model_without_a_signature_takes_the_columns_of_the_data(
    bench: Bench, tmp_path: Path
) -> None:
    bench.registry.add(save_plain(tmp_path / "bare"), "bare")
    assert bench.adopt(source="bare:1").contract.names == tuple(FRAME.columns)
    with pytest.raises(TrainingDataError, match="X has besides `label`"):
        bench.adopt(source="bare:1", data=SAMPLE.assign(label=1))


def test_a_model_of_an_array(bench: Bench, tmp_path: Path) -> None:
    features = FRAME[["amount", "vip"]].to_numpy(dtype=float)
    model = LogisticRegression(max_iter=1_000).fit(features, LABELS)
    bench.registry.add(save_plain(tmp_path / "array", model, features), "array")
    assert bench.adopt(source="array:1", data=features).contract.names == ("x0", "x1")
    named = bench.adopt(source="array:1", data=FRAME[["amount", "vip"]].astype(float))
    assert named.contract.names == ("amount", "vip")


def test_any_other_flavor_is_adopted_natively(bench: Bench, tmp_path: Path) -> None:
    bench.registry.add(save_plain(tmp_path / "half", Half()), "half")
    release = bench.adopt(source="half:1", data=SAMPLE[["amount"]])
    golden = bench.bundle(release).golden_rows()
    assert golden is not None
    assert golden.outputs["predict"] == [row[0] / 2 for row in golden.rows]


def test_an_estimator_that_only_mlflow_reads_is_written_again(bench: Bench, tmp_path: Path) -> None:
    path = coded_model(tmp_path, ships=True)
    text = (path / "MLmodel").read_text()
    (path / "MLmodel").write_text(text.replace("    serialization_format: cloudpickle\n", ""))
    bench.registry.add(path, "coded")
    release = bench.adopt(source="coded:1", data=SAMPLE[["amount"]])
    bundle = bench.bundle(release)
    execution = bundle.manifest.execution
    assert (execution.native_path, execution.code_path) == ("model.pkl", "headway/code")
    assert bundle.modules == ("credit_steps",)
    assert load_runtime(bundle, trust_code=True).flavor == "sklearn"


def test_code_of_another_registry_needs_trust(tmp_path: Path) -> None:
    bench = Bench(tmp_path, is_trusted=False)
    with pytest.raises(TrustRefusedError, match="`credit:1`"):
        bench.adopt()
    assert bench.adopt(source=str(bench.plain), name="of-folder").version == "1"


@pytest.mark.parametrize(
    ("request_", "error", "message"),
    [
        ({"source": "credit:seven"}, AddressError, "a version is a number"),
        ({"alias": "latest"}, AddressError, "cannot be an alias"),
        ({"name": "my model"}, AddressError, "cannot be the name"),
        ({"data": SAMPLE.drop(columns="purpose")}, TrainingDataError, "lack `purpose`"),
        ({"data": SAMPLE.assign(amount="many")}, TrainingDataError, "signature says `long`"),
        ({"data": SAMPLE, "y": [1]}, TrainingDataError, "y 1 rows"),
        ({"constraints": {"agee": Range(0)}}, ContractError, "agee"),
    ],
)
def test_what_cannot_be_adopted_says_why_and_leaves_nothing(
    bench: Bench, request_: dict[str, Any], error: Any, message: str
) -> None:
    with pytest.raises(error, match=message):
        bench.adopt(**request_)
    assert set(bench.registry.records) == {("credit", "1")}
    folder = bench.workshop.cache.folder
    assert not folder.exists() or list(folder.iterdir()) == []


def test_a_release_is_not_adopted_again(bench: Bench) -> None:
    request = RegisterRequest(name="own", model=credit_model(), X=FRAME, y=LABELS)
    bench.workshop.registrar.register(request)
    with pytest.raises(RegistryError, match="`own:1` is a release of Headway already"):
        bench.adopt(source="own")


def coded_model(tmp_path: Path, *, ships: bool = False) -> Path:
    """Save a model of plain MLflow that needs modules of its own, with or without them."""
    package = write_package(tmp_path / "src")
    options = {"code_paths": [str(package)]} if ships else {}
    with training_in(tmp_path / "src"):
        return save_plain(tmp_path / "m", fitted(), FRAME[["amount"]], **options)


def test_modules_can_be_shipped_with_a_model_that_came_without(
    bench: Bench, tmp_path: Path
) -> None:
    bench.registry.add(coded_model(tmp_path), "coded")
    with pytest.raises(MissingModuleError, match="`credit_steps`"):
        bench.adopt(source="coded:1", data=SAMPLE[["amount"]])
    release = bench.adopt(source="coded:1", data=SAMPLE[["amount"]], code=[tmp_path / "src"])
    assert release.modules == ("credit_steps",)
    assert bench.bundle(release).manifest.execution.code_path == "headway/code"
    assert "credit_steps" not in sys.modules


def test_modules_that_mlflow_shipped_are_kept(bench: Bench, tmp_path: Path) -> None:
    bench.registry.add(coded_model(tmp_path, ships=True), "coded")
    before = list(sys.path)
    release = bench.adopt(source="coded:1", data=SAMPLE[["amount"]])
    assert release.modules == ("credit_steps",)
    assert bench.bundle(release).manifest.execution.code_path == "code"
    assert sys.path == before
    with pytest.raises(CodeError, match="has code of its own, in `code`"):
        bench.adopt(source="coded:1", data=SAMPLE[["amount"]], code=[tmp_path / "src"])


def test_code_that_cannot_ship_is_refused_before_anything_is_fetched(bench: Bench) -> None:
    downloads = bench.registry.downloads
    with pytest.raises(CodeError, match="there is no `gone`"):
        bench.adopt(code=[Path("gone")])
    assert bench.registry.downloads == downloads
