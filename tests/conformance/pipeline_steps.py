"""Steps for random pipelines: for numbers, for words, for texts, and for all columns at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from sklearn.cluster import BisectingKMeans, KMeans, MiniBatchKMeans
from sklearn.decomposition import PCA, IncrementalPCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.feature_selection import (
    RFE,
    RFECV,
    GenericUnivariateSelect,
    SelectFdr,
    SelectFpr,
    SelectFromModel,
    SelectFwe,
    SelectKBest,
    SelectPercentile,
    SequentialFeatureSelector,
    VarianceThreshold,
    f_classif,
    f_regression,
)
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
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

NUMBER_STEPS: tuple[Any, ...] = (
    "passthrough",
    StandardScaler(),
    StandardScaler(with_mean=False),
    MinMaxScaler(clip=True),
    MinMaxScaler((-1, 3)),
    MaxAbsScaler(),
    RobustScaler(),
    RobustScaler(unit_variance=True, quantile_range=(10, 90)),
    PowerTransformer(),
    PowerTransformer(standardize=False),
    PowerTransformer("box-cox"),
    QuantileTransformer(n_quantiles=20),
    QuantileTransformer(n_quantiles=15, output_distribution="normal"),
    KBinsDiscretizer(4, encode="ordinal", quantile_method="averaged_inverted_cdf"),
    KBinsDiscretizer(3, encode="onehot-dense", strategy="uniform"),
    KBinsDiscretizer(3, encode="onehot", strategy="kmeans", random_state=0),
    PolynomialFeatures(2, include_bias=False),
    PolynomialFeatures(3, interaction_only=True),
    Binarizer(threshold=0.5),
    FunctionTransformer(np.abs),
    FunctionTransformer(np.log1p),
    FunctionTransformer(np.exp),
)
# Where a number that repeats is one of the quantiles, the quantile transformer jumps too
_JUMPING = (Binarizer, KBinsDiscretizer, QuantileTransformer)
# Whose last bit ONNX Runtime does not keep, so that nothing may come after them that jumps
SMOOTH_STEPS: tuple[Any, ...] = (
    *(step for step in NUMBER_STEPS if not isinstance(step, _JUMPING)),
    SplineTransformer(n_knots=4, degree=2),
    SplineTransformer(n_knots=3, extrapolation="linear"),
    FunctionTransformer(np.cbrt),
    FunctionTransformer(np.tanh),
)
# What XGBoost compares in float32 is not moved back to the features' own values
_ROUNDED = (PowerTransformer, QuantileTransformer)
EXACT_STEPS: tuple[Any, ...] = tuple(
    step
    for step in NUMBER_STEPS
    if not isinstance(step, _ROUNDED) and getattr(step, "func", None) not in (np.log1p, np.exp)
)
IMPUTERS: tuple[Any, ...] = (
    SimpleImputer(),
    SimpleImputer(strategy="median", add_indicator=True),
    SimpleImputer(strategy="most_frequent"),
    SimpleImputer(strategy="constant", fill_value=-1.0),
    FeatureUnion([("filled", SimpleImputer()), ("missing", MissingIndicator(features="all"))]),
    "passthrough",
)
_FILLED = SimpleImputer(strategy="constant", fill_value="nothing")
_DENSE = {"handle_unknown": "ignore", "sparse_output": False}
WORD_STEPS: tuple[Any, ...] = (
    OneHotEncoder(**_DENSE),
    OneHotEncoder(handle_unknown="ignore"),
    OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=15, sparse_output=False),
    OneHotEncoder(handle_unknown="warn", max_categories=3, sparse_output=False),
    OneHotEncoder(**_DENSE, drop="first"),
    OneHotEncoder(**_DENSE, drop="if_binary"),
    OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2),
    OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
    OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan, max_categories=3),
    OrdinalEncoder(),
    TargetEncoder(cv=2, random_state=0),
    make_pipeline(_FILLED, OneHotEncoder(**_DENSE)),
    make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(**_DENSE)),
    make_pipeline(
        _FILLED,
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=9),
        StandardScaler(),
    ),
    make_pipeline(OneHotEncoder(**_DENSE), PCA(1)),
)
TEXT_STEPS: tuple[Any, ...] = (
    CountVectorizer(),
    CountVectorizer(binary=True, ngram_range=(1, 2), max_features=8),
    TfidfVectorizer(),
    TfidfVectorizer(sublinear_tf=True, norm="l1"),
    make_pipeline(CountVectorizer(), TfidfTransformer(use_idf=False)),
    make_pipeline(TfidfVectorizer(), TruncatedSVD(1, random_state=0)),
)
_SMALL: dict[str, Any] = {"n_estimators": 2, "max_leaf_nodes": 3, "random_state": 0}


def number_steps(kind: str) -> st.SearchStrategy[Any]:
    """Draw steps for columns of numbers, some missing.

    Args:
        kind: `smooth` where no step that comes later jumps, `exact` for steps that keep every bit.
    """
    known = {"smooth": SMOOTH_STEPS, "exact": EXACT_STEPS, "any": NUMBER_STEPS}
    step = st.sampled_from(known[kind])
    steps = st.tuples(st.sampled_from(IMPUTERS), step, step).filter(
        # numpy computes functions of booleans and bins in a precision of their own
        lambda steps: (
            not (
                isinstance(steps[1], Binarizer | KBinsDiscretizer)
                and isinstance(steps[2], FunctionTransformer)
            )
        )
    )
    return steps.map(lambda steps: make_pipeline(*steps))


def word_steps() -> st.SearchStrategy[Any]:
    """Draw steps for columns of words, some missing."""
    return st.sampled_from(WORD_STEPS)


def text_steps() -> st.SearchStrategy[Any]:
    """Draw steps for a column of texts."""
    return st.sampled_from(TEXT_STEPS)


def whole_steps(task: str, *, is_smooth: bool) -> st.SearchStrategy[Any]:
    """Draw a step that is given all columns."""
    known = [
        PCA(1),
        PCA(1, whiten=True),
        IncrementalPCA(1),
        TruncatedSVD(1, random_state=0),
        Normalizer(),
        Normalizer("l1"),
        Normalizer("max"),
        StandardScaler(),
        StandardScaler(with_mean=False),
        MaxAbsScaler(),
        VarianceThreshold(),
        KMeans(3, n_init=1, random_state=0),
        MiniBatchKMeans(3, n_init=1, random_state=0),
        BisectingKMeans(2, random_state=0),
        FeatureUnion([("one", PCA(1)), ("all", RobustScaler())]),
        make_pipeline(StandardScaler(), PolynomialFeatures(2, interaction_only=True), PCA(1)),
        make_pipeline(RobustScaler(), SplineTransformer(3), PCA(1)),
    ]
    if not is_smooth:
        known.append(Binarizer())
    if task in {"two", "three", "number"}:
        known += _selectors(is_number=task == "number")
    if task in {"two", "three"}:
        known.append(LinearDiscriminantAnalysis(n_components=1))
    return st.sampled_from(known)


def _selectors(*, is_number: bool) -> list[Any]:
    score = f_regression if is_number else f_classif
    linear = Ridge() if is_number else RidgeClassifier()
    forest = ExtraTreesRegressor(**_SMALL) if is_number else ExtraTreesClassifier(**_SMALL)
    return [
        SelectKBest(score, k=1),
        SelectPercentile(score, percentile=50),
        SelectFpr(score),
        SelectFdr(score),
        SelectFwe(score),
        GenericUnivariateSelect(score, mode="k_best", param=1),
        SelectFromModel(forest),
        RFE(linear, n_features_to_select=1),
        RFECV(linear, cv=2),
        SequentialFeatureSelector(linear, n_features_to_select=1, cv=2),
    ]
