"""Models of one column of texts that is no frame: registered, lowered, served under their own name."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from headway.contract.columns import ColumnChecker
from headway.core.clock import SystemClock
from headway.core.dtypes import Method
from headway.errors import HeadwayError, InvalidInputError
from headway.optimize.candidates import find_form
from headway.releases.release import RegisterRequest
from headway.runtimes.loader import load_native_runtime, load_runtime
from registries import embedded_registry
from workshop import Workshop

if TYPE_CHECKING:
    from headway.releases.release import Release

TEXTS = [f"{word} {other} day" for word in ("good", "bad", "fine", "poor") for other in "abcdefgh"]
LABELS = ["up" if text.startswith(("good", "fine")) else "down" for text in TEXTS]


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    home = tmp_path_factory.mktemp("home")
    find = functools.partial(find_form, clock=SystemClock(), time_budget_s=60.0)
    return Workshop(home, embedded_registry(home), find)


def registered(workshop: Workshop, name: str, vectorizer: Any, data: Any) -> Release:
    model = make_pipeline(vectorizer, LogisticRegression()).fit(data, LABELS)
    request = RegisterRequest(name=name, model=model, X=data, y=LABELS)
    return workshop.registrar.register(request)


@pytest.mark.parametrize(
    ("name", "data", "feature"),
    [
        ("series", pd.Series(TEXTS, name="review"), "review"),
        ("strings", pd.Series(TEXTS, name="review", dtype="string"), "review"),
        ("list", TEXTS, "text"),
        ("array", np.array(TEXTS), "text"),
    ],
)
def test_a_column_of_texts_is_lowered(
    workshop: Workshop, name: str, data: Any, feature: str
) -> None:
    release = registered(workshop, name, TfidfVectorizer(), data)
    assert release.form == "lowered", release.reason
    bundle = workshop.resolver.resolve(name).bundle
    assert (bundle.contract.names, bundle.contract.layout) == ((feature,), "series")
    checker = ColumnChecker(bundle.contract)
    batch = checker.check_rows([{feature: "good e"}, {feature: "poor a day"}, {feature: ""}])
    lowered, native = load_runtime(bundle, trust_code=False), load_native_runtime(bundle, trust_code=True)  # fmt: skip
    for method in (Method.PREDICT, Method.PREDICT_PROBA):
        given, wanted = lowered.predict(batch, method), native.predict(batch, method)
        assert given.values.tolist() == wanted.values.tolist()
        if wanted.probabilities is not None:
            np.testing.assert_allclose(given.probabilities, wanted.probabilities, 1e-12, 1e-12)
    with pytest.raises(InvalidInputError):
        checker.check_rows([{feature: None}])


def test_what_has_no_lowered_form_is_given_its_series(workshop: Workshop) -> None:
    vectorizer = CountVectorizer(dtype=np.float32)
    release = registered(workshop, "counts", vectorizer, pd.Series(TEXTS, name="review"))
    assert release.form in {"native", "partial"}
    bundle = workshop.resolver.resolve("counts").bundle
    batch = ColumnChecker(bundle.contract).check_rows([["good e"], ["bad"]])
    given = load_runtime(bundle, trust_code=True).predict(batch, Method.PREDICT)
    assert given.values.tolist() == ["up", "down"]


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (pd.DataFrame({"review": TEXTS}), "answers 1 rows for 3 rows of X"),
        (pd.Series(range(32)), "raises on the training rows"),
        ({"review": TEXTS}, "a numpy array is needed"),
    ],
)
def test_what_is_no_such_column_is_refused_in_words(
    workshop: Workshop, data: Any, word: str
) -> None:
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(TEXTS, LABELS)
    with pytest.raises(HeadwayError) as caught:
        workshop.registrar.register(RegisterRequest(name="other", model=model, X=data, y=LABELS))
    assert word in caught.value.message
    assert caught.value.hint
