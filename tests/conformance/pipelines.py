"""Random pipelines out of every step that has a lowered form, over random data of mixed types."""

from __future__ import annotations

import dataclasses
import warnings
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.feature_selection import SelectKBest, VarianceThreshold, f_classif, f_regression
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import (
    ElasticNet,
    HuberRegressor,
    Lasso,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
    SGDRegressor,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)
from sklearn.svm import LinearSVC, LinearSVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from conformance.trained import Trained, batch_of
from headway.contract.infer import infer_contract
from headway.optimize.sklearn import describe_output

N_ROWS = 90
WORDS = ("red", "green", "blue", "", "violet", "teal")
TREES: dict[str, Any] = {"n_estimators": 4, "max_leaf_nodes": 6, "random_state": 0}


@dataclasses.dataclass(frozen=True)
class Plan:
    """A pipeline that is not fitted, and the data for it.

    Attributes:
        pipeline: Column transformer, perhaps a step for all columns, estimator.
        frame: Its rows.
        target: What is learned.
    """

    pipeline: Pipeline
    frame: pd.DataFrame
    target: Any

    def fitted(self) -> Trained:
        """Fit the pipeline, as a model that the gate can be asked about.

        Raises:
            ValueError: scikit-learn does not fit these steps on this data.
        """
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            self.pipeline.fit(self.frame, self.target)
        contract = infer_contract(self.frame, describe_output(self.pipeline)).contract
        return Trained(self.pipeline, contract, batch_of(contract.names, self.frame))

    def told(self) -> str:
        """Return the steps, for whoever reads of a failure."""
        return f"{self.pipeline!r} on {self.frame.dtypes.to_dict()}"


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Draw a pipeline and data that it may be fitted on."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    frame = draw(frames(random))
    task = draw(st.sampled_from(["two", "three", "number"]))
    target = _target(frame, task, random)
    numbers = [name for name in frame if name.startswith("number")]
    words = [name for name in frame if name.startswith("word")]
    others = [name for name in frame if name not in {*numbers, *words}]
    parts = [("numbers", draw(number_steps()), numbers)]
    if words:
        parts.append(("words", draw(word_steps()), words))
    columns = ColumnTransformer(parts, remainder=draw(st.sampled_from(["drop", "passthrough"])) if others else "drop")  # fmt: skip
    steps: list[Any] = [("columns", columns)]
    across = draw(st.none() | whole_steps(task))
    if across is not None:
        steps.append(("across", across))
    estimator = draw(regressors() if task == "number" else classifiers(task))
    return Plan(Pipeline([*steps, ("estimator", estimator)]), frame, target)


@st.composite
def frames(draw: st.DrawFn, random: np.random.Generator) -> pd.DataFrame:
    """Draw a frame: numbers of several kinds, words, categories, a boolean, some of them missing."""
    columns: dict[str, Any] = {}
    for i in range(draw(st.integers(1, 3))):
        values = draw(st.sampled_from(["normal", "whole", "few", "skewed"]))
        columns[f"number_{i}"] = _numbers(values, random)
    for i in range(draw(st.integers(0, 2))):
        chosen = random.choice(np.array(WORDS[: draw(st.integers(2, 6))], dtype=object), N_ROWS)
        if draw(st.booleans()):
            chosen[random.random(N_ROWS) < 0.08] = None
        columns[f"word_{i}"] = pd.Series(chosen, dtype=draw(st.sampled_from(["object", "str"])))
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


def _target(frame: pd.DataFrame, task: str, random: np.random.Generator) -> Any:
    score = frame["number_0"].fillna(0).to_numpy() + random.normal(scale=3, size=N_ROWS)
    if task == "number":
        return np.abs(score) + 0.5
    ranks = np.argsort(np.argsort(score, kind="stable"), kind="stable")
    if task == "two":
        return np.where(ranks > N_ROWS // 2, "yes", "no")
    return np.array(["a", "b", "c"])[ranks * 3 // N_ROWS]


def number_steps() -> st.SearchStrategy[Any]:
    """Draw steps for columns of numbers, some missing."""
    scalers = [
        StandardScaler(),
        StandardScaler(with_mean=False),
        MinMaxScaler(clip=True),
        MaxAbsScaler(),
        RobustScaler(),
        PowerTransformer(),
        QuantileTransformer(n_quantiles=20),
        QuantileTransformer(n_quantiles=15, output_distribution="normal"),
        KBinsDiscretizer(4, encode="ordinal", quantile_method="averaged_inverted_cdf"),
        KBinsDiscretizer(3, encode="onehot-dense", strategy="uniform"),
        SplineTransformer(n_knots=4, degree=2),
        PolynomialFeatures(2, include_bias=False),
        Binarizer(threshold=0.5),
        FunctionTransformer(np.abs),
        FunctionTransformer(np.tanh),
        "passthrough",
    ]
    imputers = st.sampled_from(
        [
            SimpleImputer(),
            SimpleImputer(strategy="median", add_indicator=True),
            SimpleImputer(strategy="most_frequent"),
            SimpleImputer(strategy="constant", fill_value=-1.0),
            FeatureUnion(
                [("filled", SimpleImputer()), ("missing", MissingIndicator(features="all"))]
            ),
        ]
    )
    return st.tuples(imputers, st.sampled_from(scalers), st.sampled_from(scalers)).map(
        lambda steps: make_pipeline(*steps)
    )


def word_steps() -> st.SearchStrategy[Any]:
    """Draw steps for columns of words, some missing."""
    filled = SimpleImputer(strategy="constant", fill_value="nothing")
    return st.sampled_from(
        [
            OneHotEncoder(handle_unknown="ignore", sparse_output=False),
            OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=15, sparse_output=False),
            OneHotEncoder(handle_unknown="ignore", drop="first", sparse_output=False),
            OrdinalEncoder(
                handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2
            ),
            TargetEncoder(cv=2, random_state=0),
            make_pipeline(filled, OneHotEncoder(handle_unknown="ignore", sparse_output=False)),
            make_pipeline(filled, OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=9), StandardScaler()),
        ]
    )  # fmt: skip


def whole_steps(task: str) -> st.SearchStrategy[Any]:
    """Draw a step that is given all columns."""
    return st.sampled_from(
        [
            PCA(1),
            TruncatedSVD(1, random_state=0),
            Normalizer(),
            Normalizer("l1"),
            StandardScaler(),
            VarianceThreshold(),
            SelectKBest(f_regression if task == "number" else f_classif, k=1),
            FeatureUnion([("one", PCA(1)), ("all", RobustScaler())]),
            make_pipeline(StandardScaler(), PolynomialFeatures(2, interaction_only=True), PCA(1)),
        ]
    )


def classifiers(task: str) -> st.SearchStrategy[Any]:
    """Draw a classifier."""
    logistic, forest = LogisticRegression(max_iter=50), RandomForestClassifier(**TREES)
    boosting = HistGradientBoostingClassifier(max_iter=4, max_leaf_nodes=5, min_samples_leaf=4)
    known = [
        logistic,
        RidgeClassifier(),
        SGDClassifier(random_state=0),
        SGDClassifier(loss="modified_huber", random_state=0),
        LinearSVC(),
        LinearDiscriminantAnalysis(),
        GaussianNB(),
        BernoulliNB(),
        DecisionTreeClassifier(max_leaf_nodes=8),
        forest,
        ExtraTreesClassifier(**TREES),
        GradientBoostingClassifier(n_estimators=4, max_leaf_nodes=5),
        boosting,
        AdaBoostClassifier(n_estimators=4),
        BaggingClassifier(DecisionTreeClassifier(max_leaf_nodes=5), 3, max_features=0.7),
        VotingClassifier([("a", logistic), ("b", forest)], voting="soft"),
        VotingClassifier([("a", logistic), ("b", boosting)], voting="hard"),
        StackingClassifier([("a", logistic), ("b", forest)], logistic, cv=2),
        CalibratedClassifierCV(forest, cv=2),
        CalibratedClassifierCV(logistic, method="isotonic", cv=2),
        MLPClassifier((6,), max_iter=20, random_state=0),
        OneVsRestClassifier(logistic),
    ]
    return st.sampled_from(known if task == "two" else [*known, OneVsOneClassifier(logistic)])


def regressors() -> st.SearchStrategy[Any]:
    """Draw a regressor."""
    forest = RandomForestRegressor(**TREES)
    return st.sampled_from(
        [
            LinearRegression(),
            Ridge(),
            Lasso(),
            ElasticNet(),
            HuberRegressor(max_iter=50),
            PoissonRegressor(max_iter=50),
            SGDRegressor(random_state=0, max_iter=50),
            LinearSVR(max_iter=100),
            DecisionTreeRegressor(max_leaf_nodes=8),
            forest,
            ExtraTreesRegressor(**TREES),
            GradientBoostingRegressor(n_estimators=4, max_leaf_nodes=5),
            HistGradientBoostingRegressor(max_iter=4, max_leaf_nodes=5, min_samples_leaf=4),
            AdaBoostRegressor(n_estimators=4, random_state=0),
            BaggingRegressor(DecisionTreeRegressor(max_leaf_nodes=5), 3, max_features=0.7),
            VotingRegressor([("a", Ridge()), ("b", forest)]),
            MLPRegressor((6,), max_iter=20, random_state=0),
        ]
    )
