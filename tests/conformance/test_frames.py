"""The same rows as a frame of each library: one contract, and one answer, whatever comes in later."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from conformance.frames import credit, credit_target
from headway.contract.infer import infer_contract
from headway.contract.model import Output
from headway.core.clock import SystemClock
from headway.core.dtypes import Task
from headway.errors import TrainingDataError
from headway.optimize.candidates import find_form
from headway.releases.release import RegisterRequest
from headway.runtimes.loader import load_runtime
from headway.serving.predictor import Predictor
from registries import MemoryRegistry
from workshop import Workshop

if TYPE_CHECKING:
    from pathlib import Path

    from headway.contract.model import Contract

FIND_FORM = functools.partial(find_form, clock=SystemClock())
PANDAS = credit(300)
LABELS = credit_target(PANDAS)
STRINGS = ["purpose", "status", "housing"]
NUMBERS = ["duration", "amount", "age", "rate"]


@functools.cache
def frames() -> dict[str, Any]:
    """Return the same rows in every kind of frame and every type that strings can have there."""
    polars = pl.from_pandas(PANDAS)
    arrow = polars.to_arrow()
    categorical = polars.with_columns(pl.col(STRINGS).cast(pl.Categorical))
    enums = {name: pl.Enum(sorted(set(PANDAS[name].dropna()))) for name in STRINGS}
    return {
        "pandas": PANDAS,
        "pandas object": PANDAS.astype(dict.fromkeys(STRINGS, object)),
        "pandas category": PANDAS.astype(dict.fromkeys(STRINGS, "category")),
        "polars": polars,
        "polars Categorical": categorical,
        "polars Enum": polars.cast(enums),  # type: ignore[arg-type]
        "pyarrow": arrow,
        "pyarrow batch": arrow.combine_chunks().to_batches()[0],
        "pyarrow dictionary": categorical.to_arrow(),
        "pyarrow views": polars.to_arrow(compat_level=pl.CompatLevel.newest()),
    }


def learned(data: Any) -> Contract:
    return infer_contract(data, Output(task=Task.OTHER)).contract


def without_storage(contract: Contract) -> Any:
    document = msgspec.to_builtins(contract)
    document.pop("frame")
    for feature in document["features"]:
        for name in ("storage", "storage_categories", "missing_as_none"):
            feature.pop(name)
    return document


@pytest.mark.parametrize("kind", frames())
def test_every_frame_gives_the_same_contract(kind: str) -> None:
    assert without_storage(learned(frames()[kind])) == without_storage(learned(PANDAS))


def test_an_array_gives_the_contract_of_its_frame() -> None:
    numbers = PANDAS[NUMBERS].astype("float64")
    array = without_storage(
        infer_contract(numbers.to_numpy(), Output(task=Task.OTHER), feature_names=NUMBERS).contract
    )
    assert array | {"layout": "frame"} == without_storage(learned(pl.from_pandas(numbers)))


def test_a_contract_knows_whose_frame_it_was_learned_from() -> None:
    found = {kind: learned(frame).frame for kind, frame in frames().items()}
    assert found == {kind: kind.split()[0] for kind in frames()}


def pipeline() -> Any:
    return make_pipeline(
        make_column_transformer(
            (make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS),
            (OneHotEncoder(handle_unknown="ignore"), [*STRINGS, "foreign"]),
        ),
        LogisticRegression(max_iter=1_000),
    )


def two_columns(frame: Any) -> Any:
    """Take two columns as the library of the frame does, which no other frame would survive."""
    if isinstance(frame, pl.DataFrame):
        return frame.select(pl.col("age"), pl.col("duration").fill_null(0.0))
    if isinstance(frame, pa.Table | pa.RecordBatch):
        return frame.select(["age", "amount"])
    return frame.assign(age=frame["age"] * 2)[["age", "amount"]]


# a notebook's function: it is pickled by value, as no other process has this module
two_columns.__module__ = "__main__"


def of_its_own_library() -> Any:
    trees = HistGradientBoostingClassifier(max_iter=5, random_state=0)
    return make_pipeline(FunctionTransformer(two_columns), trees)


def of_categories() -> Any:
    return HistGradientBoostingClassifier(max_iter=5, categorical_features="from_dtype")


CASES = [
    # scikit-learn itself does not find a column of a batch by its name
    *(("pipeline", kind) for kind in frames() if kind != "pyarrow batch"),
    *(("of_its_own_library", kind) for kind in ("pandas", "polars", "pyarrow")),
    *(("of_categories", kind) for kind in frames() if kind.split()[-1] in {"category", "Categorical", "Enum", "dictionary"}),
]  # fmt: skip
LOWERED = {("pipeline", kind) for kind in frames()} - {("pipeline", "pyarrow dictionary")}
LOWERED |= {("of_categories", "pandas category")}
FORMS = {"pipeline": pipeline, "of_its_own_library": of_its_own_library, "of_categories": of_categories}  # fmt: skip


@pytest.mark.parametrize(("model", "kind"), CASES)
def test_a_model_is_given_the_frame_that_it_was_fitted_on(
    tmp_path: Path, model: str, kind: str
) -> None:
    frame = frames()[kind]
    fitted = FORMS[model]().fit(frame, LABELS)
    workshop = Workshop(tmp_path, MemoryRegistry(tmp_path / "registry"), FIND_FORM)
    request = RegisterRequest(name="credit", model=fitted, X=frame, y=LABELS, holdout_ratio=0.1)
    release = workshop.registrar.register(request)
    bundle = workshop.cache.get(release.digest)
    assert bundle is not None
    assert (bundle.manifest.execution.form == "lowered") is ((model, kind) in LOWERED)
    runtime = load_runtime(bundle, trust_code=True)
    predictor = Predictor("credit", "1", bundle.contract, runtime)
    expected = fitted.predict_proba(frame)
    for other in frames().values():
        np.testing.assert_allclose(predictor.predict_proba(other), expected, rtol=1e-12)
    rows = PANDAS.head(5).astype(object).where(PANDAS.head(5).notna(), None).to_dict("records")
    np.testing.assert_allclose(predictor.predict_proba(rows), expected[:5], rtol=1e-12)


@pytest.mark.parametrize(
    ("data", "fault", "hint"),
    [
        (pl.LazyFrame({"a": [1]}), "`LazyFrame`", "collect"),
        (pl.Series([1, 2]), "`Series`", "to_frame"),
        (pa.chunked_array([[1, 2]]), "`ChunkedArray`", "pyarrow.table"),
        (np.array([(1, 2.5)], dtype=[("a", "i8"), ("b", "f8")]), "structured array", "the frame"),
        (pl.DataFrame({"a": [object()]}, schema={"a": pl.Object}), "Python objects: `a`", "cast"),
        (pl.DataFrame({"a": [pd.Timedelta(1)]}), r"`a` \(duration", "derive numbers"),
        (pa.table({"a": [["x"]]}), r"`a` \(list", "derive numbers"),
        (pa.table({"a": [[1, 2], [1]]}), r"different shapes.*`a` \(list<int64>", "pad or cut"),
        (pa.table({"a": [[1, None]]}), r"something else than numbers.*`a` \(list<int64>", "numpy"),
    ],
)
def test_what_is_no_frame_of_these_says_what_to_do(data: Any, fault: str, hint: str) -> None:
    with pytest.raises(TrainingDataError, match=fault) as caught:
        learned(data)
    assert hint in str(caught.value.hint)
