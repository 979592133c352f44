"""Texts beside other columns, read as people read them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest, chi2
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import OneHotEncoder

from conformance.cases.models import boosting, logistic
from conformance.cases.table import Cases
from conformance.trained import Trained, trained

CASES = Cases()
_WORDS = [
    "the",
    "a",
    "refund",
    "broken",
    "late",
    "please",
    "thanks",
    "charger",
    "screen",
    "crème",
    "naïve",
    "x2",
    "cat",
    "don't",
    "12",
    "ok",
]


def tickets(n_rows: int, seed: int) -> pd.DataFrame:
    """Letters to a shop, with what else is known of them."""
    random = np.random.default_rng(seed)
    ends = random.choice(["!", ".", "", " ?!", "\n"], n_rows)
    bodies = [" ".join(random.choice(_WORDS, random.integers(0, 12))) for _ in range(n_rows)]
    return pd.DataFrame(
        {
            "body": [body.capitalize() + end for body, end in zip(bodies, ends, strict=True)],
            "subject": random.choice(["Refund please", "BROKEN screen", "?", "Été"], n_rows),
            "channel": random.choice(["mail", "phone"], n_rows),
            "age_days": np.where(random.random(n_rows) < 0.1, np.nan, random.random(n_rows) * 9),
        }
    )


def _on_tickets(body: Any, estimator: Any, *others: Any, **parameters: Any) -> Trained:
    frame = tickets(200, 0)
    columns = ColumnTransformer([("body", body, "body"), *others], **parameters)
    target = frame["body"].str.contains("refund|broken") ^ (frame["channel"] == "mail")
    model = make_pipeline(columns, estimator)
    return trained(model, frame, target, tickets(80, 1))


@CASES.case
def weighted_terms_beside_numbers_and_categories() -> Trained:
    return _on_tickets(
        TfidfVectorizer(),
        logistic(),
        ("subject", TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), "subject"),
        ("channel", OneHotEncoder(handle_unknown="ignore"), ["channel"]),
        ("age", SimpleImputer(), ["age_days"]),
    )


@CASES.case
def counted_then_weighted() -> Trained:
    return _on_tickets(make_pipeline(CountVectorizer(binary=True), TfidfTransformer()), logistic())


@CASES.case
def words_and_letters_of_one_text() -> Trained:
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 3), strip_accents="unicode")
    words = CountVectorizer(stop_words="english", strip_accents="ascii")
    union = FeatureUnion(
        [("words", words), ("letters", letters)], transformer_weights={"words": 0.25}
    )
    return _on_tickets(union, logistic())


@CASES.case
def the_best_terms_only() -> Trained:
    body = make_pipeline(CountVectorizer(), SelectKBest(chi2, k=5))
    return _on_tickets(body, logistic())


@CASES.case
def topics_of_a_text() -> Trained:
    body = make_pipeline(TfidfVectorizer(), TruncatedSVD(3, random_state=0))
    return _on_tickets(body, Ridge())


@CASES.case
def counts_that_trees_look_at() -> Trained:
    columns = {"sparse_threshold": 0}
    return _on_tickets(
        CountVectorizer(), boosting(), ("age", "passthrough", ["age_days"]), **columns
    )
