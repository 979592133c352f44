"""Random pipelines out of every step that has a lowered form, over random data of mixed types."""

from __future__ import annotations

import dataclasses
import warnings
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from conformance.frames import unseen
from conformance.pipeline_estimators import estimators
from conformance.pipeline_steps import number_steps, text_steps, whole_steps, word_steps
from conformance.trained import Trained, batch_of
from headway.contract.infer import infer_contract
from headway.optimize.sklearn import describe_output

N_ROWS = 90
N_UNSEEN = 30
WORDS = ("red", "green", "blue", "", "violet", "teal")
# What is learned: two classes, three, a number, several numbers, several labels, nothing
TASKS = ("two", "three", "number", "numbers", "labels", "none")
JUMPING = ("Tree", "Forest", "Boost", "LGBM", "XGB", "KMeans", "BernoulliNB", "isotonic")


@dataclasses.dataclass(frozen=True, repr=False)
class Plan:
    """A pipeline that is not fitted, and the data for it.

    Attributes:
        pipeline: Column transformer, perhaps a step for all columns, estimator.
        frame: Its rows.
        target: What is learned.
        seed: Of the values of both.
    """

    pipeline: Pipeline
    frame: pd.DataFrame
    target: Any
    seed: int

    def fitted(self) -> Trained:
        """Fit the pipeline, as a model that the gate can be asked about.

        Raises:
            ValueError: scikit-learn does not fit these steps on this data.
        """
        pipeline = clone(self.pipeline)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            pipeline.fit(self.frame, self.target)
            # some steps fit what they cannot answer
            pipeline.predict(self.frame)
        contract = infer_contract(self.frame, describe_output(pipeline)).contract
        rows = pd.concat([self.frame, unseen(self.frame).head(N_UNSEEN)], ignore_index=True)
        return Trained(pipeline, contract, batch_of(contract.names, rows))

    def __repr__(self) -> str:
        columns = {name: str(kind) for name, kind in self.frame.dtypes.items()}
        return f"{self.pipeline!r} on {columns}:\n{self.frame.head(3)}"


@st.composite
def plans(draw: st.DrawFn, task: str) -> Plan:
    """Draw a pipeline and data that it may be fitted on."""
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    frame = draw(frames(random))
    numbers = [name for name in frame if name.startswith("number")]
    words = [name for name in frame if name.startswith("word")]
    others = [name for name in frame if name in {"flag", "whole"}]
    estimator = draw(estimators(task))
    is_smooth = not any(word in repr(estimator) for word in JUMPING) and draw(st.booleans())
    kind = "exact" if "XGB" in repr(estimator) else "smooth" if is_smooth else "any"
    parts = [("numbers", draw(number_steps(kind)), numbers)]
    if words:
        parts.append(("words", draw(word_steps()), words))
    if "text" in frame:
        parts.append(("text", draw(text_steps()), "text"))
    columns = ColumnTransformer(
        parts,
        remainder=draw(st.sampled_from(["drop", "passthrough"])) if others else "drop",
        sparse_threshold=draw(st.sampled_from([0.0, 0.0, 0.3])),
    )
    steps: list[Any] = [("columns", columns)]
    across = draw(st.none() | whole_steps(task, is_smooth=is_smooth))
    if across is not None:
        steps.append(("across", across))
    return Plan(
        Pipeline([*steps, ("estimator", estimator)]),
        frame,
        _target(frame, task, random, is_named=draw(st.booleans())),
        seed,
    )


@st.composite
def frames(draw: st.DrawFn, random: np.random.Generator) -> pd.DataFrame:
    """Draw a frame: numbers of several kinds, words, texts, a boolean, some of them missing."""
    columns: dict[str, Any] = {}
    for i in range(draw(st.integers(1, 3))):
        values = draw(st.sampled_from(["normal", "whole", "few", "skewed"]))
        columns[f"number_{i}"] = _numbers(values, random)
    for i in range(draw(st.integers(0, 2))):
        chosen = random.choice(np.array(WORDS[: draw(st.integers(2, 6))], dtype=object), N_ROWS)
        if draw(st.booleans()):
            chosen[random.random(N_ROWS) < 0.08] = np.nan
        columns[f"word_{i}"] = pd.Series(chosen, dtype=draw(st.sampled_from(["object", "str"])))
    if draw(st.integers(0, 4)) == 0:
        columns["text"] = [" ".join(random.choice(WORDS, 4)) for _ in range(N_ROWS)]
    if draw(st.booleans()):
        columns["flag"] = random.random(N_ROWS) < 0.3
    if draw(st.booleans()):
        columns["whole"] = random.integers(-3, 9, N_ROWS)
    frame = pd.DataFrame(columns)
    if draw(st.booleans()):
        frame.loc[random.random(N_ROWS) < 0.07, "number_0"] = np.nan
    return frame


def _numbers(kind: str, random: np.random.Generator) -> Any:
    if kind == "whole":
        return random.integers(0, 40, N_ROWS).astype(float)
    if kind == "few":
        return random.choice([0.0, 1.0, 2.5, -1.0], N_ROWS)
    normal = random.normal(size=N_ROWS)
    return np.exp(normal * 2) if kind == "skewed" else normal * 10


def _target(frame: pd.DataFrame, task: str, random: np.random.Generator, *, is_named: bool) -> Any:
    score = frame["number_0"].fillna(0).to_numpy() + random.normal(scale=3, size=N_ROWS)
    positive = np.abs(score) + 0.5
    ranks = np.argsort(np.argsort(score, kind="stable"), kind="stable")
    other = random.permutation(N_ROWS)
    made = {
        "two": np.array(["no", "yes"] if is_named else [0, 1])[ranks * 2 // N_ROWS],
        "three": np.array(["a", "b", "c"] if is_named else [0, 1, 2])[ranks * 3 // N_ROWS],
        "number": positive,
        "numbers": np.column_stack([positive, score * 2 - 1]),
        "labels": np.column_stack([ranks * 2 // N_ROWS, other * 2 // N_ROWS]),
        "none": None,
    }
    return made[task]
