from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from headway.bundle import layout
from headway.contract.infer import infer_contract
from headway.contract.model import Constraints
from headway.core.batch import FeatureBatch
from headway.core.clock import SystemClock
from headway.errors import PredictionError, TrainingDataError
from headway.optimize.comparison import SINGLE
from headway.optimize.sklearn import describe_output
from headway.registry.mlflow.model_format import MlflowFormat
from headway.registry.port import SaveOptions
from headway.releases.build import Ingredients, ReleaseBuilder, class_name
from headway.releases.libraries import libraries_of
from headway.releases.native import native_runtime
from headway.releases.replay import replay_golden
from headway.releases.rows import labelled_rows
from headway.releases.sklearn import evaluate
from headway.runtimes.encoder import Encoder, EncoderColumn
from headway.runtimes.loader import load_runtime
from workshop import NativeForm, credit_frame, credit_model, stay_native

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from headway.releases.release import FormFinder


def ignore(_step: str, /) -> None:
    pass


def builder(find_form: FormFinder = stay_native) -> ReleaseBuilder:
    return ReleaseBuilder(native_runtime, find_form, evaluate, SystemClock())


@pytest.fixture
def given(tmp_path: Path) -> Ingredients:
    """What `register` gives for the model of the credit frame."""
    frame, labels = credit_frame()
    model = credit_model(300)
    contract = infer_contract(frame[:300], describe_output(model)).contract
    libraries = libraries_of(model)
    folder = tmp_path / "bundle"
    options = SaveOptions(requirements=libraries.requirements, keep_example=True)
    return Ingredients(
        name="credit",
        label="v1",
        model=model,
        folder=folder,
        description=MlflowFormat().save(model, folder, contract, frame.head(3), options),
        contract=contract,
        validator=None,
        rows=labelled_rows(frame[:300], labels[:300]),
        evaluation=labelled_rows(frame[300:], labels[300:]),
        policy="keep",
        libraries=libraries,
        notes=("said before",),
        absent={"code": "somewhere"},
        tags={"team": "risk"},
    )


def strict(given: Ingredients) -> Ingredients:
    """The same, under a contract that refuses every row."""
    first = msgspec.structs.replace(given.contract.features[0], constraints=Constraints(gt=1e9, not_null=True))  # fmt: skip
    features = (first, *given.contract.features[1:])
    contract = msgspec.structs.replace(given.contract, features=features)
    return dataclasses.replace(given, contract=contract, evaluation=None)


def test_a_bundle_has_all_its_parts_and_replays(given: Ingredients) -> None:
    steps: list[str] = []
    built = builder().build(given, steps.append)
    bundle = built.bundle
    assert bundle.path == given.folder
    assert {layout.CONTRACT, layout.GOLDEN, layout.CARD, "MLmodel", "model.pkl"} <= set(
        bundle.manifest.files
    )
    assert bundle.contract == given.contract
    golden = bundle.golden_rows()
    assert golden is not None
    assert len(golden.rows) > 200
    assert set(golden.outputs) == {"predict", "predict_proba", "decision_function"}
    replay_golden(load_runtime(bundle, trust_code=True), golden)
    assert built.evaluation is not None
    assert set(built.evaluation.metrics) == {"accuracy", "log_loss", "roc_auc"}
    assert built.notes == ("said before",)
    assert bundle.manifest.absent == {
        "code": "somewhere",
        "profile": "this version of Headway makes none",
        "lock": "this version of Headway makes none",
    }
    assert bundle.manifest.execution.reason == "native, because the test says so"
    assert len(steps) == 5


def test_golden_answers_are_those_of_the_model_itself(given: Ingredients) -> None:
    golden = builder().build(given, ignore).bundle.golden_rows()
    assert golden is not None
    frame = given.rows.data.astype({"age": float})
    known = {tuple(row): i for i, row in enumerate(frame.fillna(-1).itertuples(index=False))}
    positions = [known[tuple(-1 if v is None else v for v in row)] for row in golden.rows]
    np.testing.assert_allclose(
        golden.outputs["predict_proba"],
        given.model.predict_proba(frame.iloc[positions]),
        rtol=1e-12,
    )


def test_the_form_that_is_found_is_written(given: Ingredients) -> None:
    encoder = Encoder([EncoderColumn("age")])

    class Lowered:
        tolerance = SINGLE

        def files(self) -> dict[str, bytes]:
            return {layout.GRAPH: b"graph", layout.ENCODER: encoder.to_json()}

    seen: list[tuple[Any, ...]] = []

    def find(*arguments: Any) -> Any:
        seen.append(arguments)
        return NativeForm(lowered=Lowered(), report={"passed": True}, reason="lowered: same")  # type: ignore[arg-type]

    bundle = builder(find).build(given, ignore).bundle
    assert bundle.manifest.execution.form == "lowered"
    assert bundle.read_bytes(layout.GRAPH) == b"graph"
    assert bundle.read_bytes(layout.ENCODER) == encoder.to_json()
    assert bundle.parity() == {"passed": True}
    golden = bundle.golden_rows()
    assert golden is not None
    assert (golden.rtol, golden.atol) == (SINGLE.rtol, SINGLE.atol)
    ((model, native, contract, rows),) = seen
    assert model is given.model
    assert native.flavor == "sklearn"
    assert contract == given.contract
    assert isinstance(rows, FeatureBatch)
    assert rows.n_rows == 300


def test_no_row_is_kept_where_none_may_be(given: Ingredients) -> None:
    built = builder().build(dataclasses.replace(given, policy="none"), ignore)
    assert layout.GOLDEN not in built.bundle.manifest.files
    assert built.bundle.manifest.absent["golden"] == "no rows were to be kept"
    assert "no rows" in built.bundle.manifest.absent["evaluation"]
    assert built.evaluation is not None
    assert built.evaluation.metrics["accuracy"] > 0.6
    assert built.notes == ("said before",)


def test_a_contract_that_refuses_every_row_is_refused(given: Ingredients) -> None:
    with pytest.raises(TrainingDataError, match="refuses every training row") as caught:
        builder().build(strict(given), ignore)
    assert "constraints" in str(caught.value.hint)


def test_without_evaluation_rows_that_is_absent(given: Ingredients) -> None:
    built = builder().build(dataclasses.replace(given, evaluation=None), ignore)
    assert built.evaluation is None
    assert "not fitted on" in built.bundle.manifest.absent["evaluation"]


def test_evaluation_rows_that_are_refused_are_a_note(given: Ingredients) -> None:
    assert given.evaluation is not None
    data = given.evaluation.data.copy()
    data.loc[data.index[:3], "purpose"] = None
    evaluation = dataclasses.replace(given.evaluation, data=data)
    built = builder().build(dataclasses.replace(given, evaluation=evaluation), ignore)
    assert "refuses 3 of the evaluation rows" in built.notes[1]


def lowered(*_arguments: Any) -> Any:
    """Find a lowered form that nobody will run."""

    class Lowered:
        tolerance = SINGLE

        def files(self) -> dict[str, bytes]:
            return {layout.GRAPH: b"graph", layout.ENCODER: Encoder([]).to_json()}

    return NativeForm(lowered=Lowered(), reason="lowered: same")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("find", "words", "n_steps"),
    [
        (stay_native, "must have them too: ship them with `code=`", 5),
        (lowered, "served lowered, it needs none of them", 4),
    ],
)
def test_modules_of_the_user_are_a_note(
    given: Ingredients, find: FormFinder, words: str, n_steps: int
) -> None:
    libraries = dataclasses.replace(given.libraries, own_modules=("my_steps",))
    given = dataclasses.replace(given, libraries=libraries, evaluation=None)
    steps: list[str] = []
    built = builder(find).build(given, steps.append)
    assert "no package brings: `my_steps`" in built.notes[1]
    assert words in built.notes[1]
    assert len(steps) == n_steps  # what is served lowered is not loaded in a process of its own


@pytest.mark.parametrize(
    ("find", "words"),
    [
        (stay_native, "serving it runs them, which a registry other than Headway's own must be"),
        (lowered, "served lowered, the model needs none of them"),
    ],
)
def test_modules_that_ship_are_a_note_and_are_in_the_card(
    given: Ingredients, find: FormFinder, words: str
) -> None:
    files = {"my_steps.py": b"VALUE = 1\n", "more/__init__.py": b"", "more/words.txt": b"a"}
    description = MlflowFormat().ship(given.folder, files)
    given = dataclasses.replace(given, description=description, evaluation=None)
    built = builder(find).build(given, ignore)
    assert built.notes[1].startswith("it ships its own modules `more`, `my_steps`: ")
    assert words in built.notes[1]
    assert built.bundle.modules == ("more", "my_steps")
    assert built.notes[1] in built.bundle.read_bytes(layout.CARD).decode()
    for name, data in files.items():
        assert built.bundle.read_bytes(f"{layout.CODE}/{name}") == data


@pytest.mark.parametrize(
    "change",
    [
        lambda answers: answers[::-1],
        lambda answers: np.where(np.arange(len(answers)) == 5, "other", answers),
    ],
)
def test_a_model_that_answers_otherwise_when_it_is_loaded_is_refused(
    given: Ingredients, change: Callable[[Any], Any]
) -> None:
    class Turned:
        def predict(self, frame: Any) -> Any:
            return change(given.model.predict(frame))

    with pytest.raises(PredictionError, match="otherwise when it is saved") as caught:
        builder().build(dataclasses.replace(given, model=Turned()), ignore)
    assert "chance" in str(caught.value.hint)


def test_the_card_tells_the_story(given: Ingredients) -> None:
    card = builder().build(given, ignore).bundle.read_bytes(layout.CARD).decode()
    for words in (
        "# credit (v1)",
        "Pipeline(LogisticRegression)",
        "accuracy",
        "said before",
        "risk",
    ):
        assert words in card


def test_a_pipeline_is_called_by_its_last_step() -> None:
    assert class_name(credit_model()) == "Pipeline(LogisticRegression)"
    assert class_name(object()) == "object"
