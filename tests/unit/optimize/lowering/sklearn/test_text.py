from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest, chi2
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, Normalizer

from headway.errors import InvalidInputError
from unit.optimize.lowering.stepwise import assert_mixed, lower_step, refusal

# Where a function lies in memory is another text in each process of the tests
ADDRESS = re.compile(r" at 0x[0-9a-f]+")
FRAME = pd.DataFrame(
    {
        "text": [
            "The cat sat.",
            "A dog ran, and a cat ran",
            "Été: naïve dogs",
            "",
            "cat's 2 dogs!",
        ],
        "title": ["One two", "Two three", "Three", "one ONE one", "four"],
        "size": [1.0, 2.0, 3.0, 4.0, 5.0],
    }
)
OTHERS = pd.DataFrame(
    {"text": ["A CAT", "no such thing", ""], "title": ["two", "", "one four"], "size": [7.0, 8.0, 9.0]}
)  # fmt: skip


def reading(vectorizer, column="text", **parameters):
    return ColumnTransformer(
        [("text", vectorizer, column)], **({"remainder": "passthrough"} | parameters)
    )


def split(text):
    return text.split()


STEPS = [
    CountVectorizer(),
    CountVectorizer(dtype=np.float64, binary=True, max_features=4),
    CountVectorizer(vocabulary=["dog", "cat", "ran"], ngram_range=(1, 2)),
    CountVectorizer(analyzer="char_wb", ngram_range=(2, 3), token_pattern=None),
    TfidfVectorizer(),
    TfidfVectorizer(stop_words="english", strip_accents="unicode", norm="l1", min_df=2),
    TfidfVectorizer(sublinear_tf=True, use_idf=False, norm=None, stop_words=["cat"]),
    make_pipeline(CountVectorizer(), TfidfTransformer()),
    make_pipeline(FunctionTransformer(), CountVectorizer(), None, TfidfTransformer(norm="l1")),
    make_pipeline(TfidfVectorizer(), SelectKBest(chi2, k=3)),
    make_pipeline(TfidfVectorizer(norm=None), Normalizer("max")),
    make_pipeline(TfidfVectorizer(), TruncatedSVD(2, random_state=0)),
    FeatureUnion([("words", TfidfVectorizer()), ("letters", CountVectorizer(analyzer="char"))], transformer_weights={"words": 0.5}),
]  # fmt: skip


@pytest.mark.parametrize("step", STEPS, ids=lambda step: ADDRESS.sub("", str(step)))
@pytest.mark.filterwarnings("ignore:Your stop_words")
def test_texts_become_the_same_columns(step):
    columns = reading(step)
    columns.fit(FRAME[["text", "size"]], [0, 1, 0, 1, 0])
    lowered = lower_step(columns, FRAME[["text", "size"]])
    rows = OTHERS[["text", "size"]]
    made = columns.transform(rows)
    expected = made.toarray() if hasattr(made, "toarray") else made
    np.testing.assert_allclose(lowered.transform(rows), expected, rtol=1e-12, atol=1e-15)


def test_two_features_are_read_by_vectorizers_of_their_own():
    columns = ColumnTransformer(
        [("a", TfidfVectorizer(), "title"), ("b", CountVectorizer(), "text"), ("c", "passthrough", ["size"])]
    )  # fmt: skip
    lowered = assert_mixed(columns, FRAME, OTHERS, rtol=1e-15)
    assert [len(column.texts) for column in lowered.encoder.columns] == [1, 1, 0]


def test_a_count_that_was_weighted_is_not_made_for_nothing():
    step = make_pipeline(CountVectorizer(), TfidfTransformer())
    lowered = lower_step(reading(step).fit(FRAME), FRAME)
    (text,) = lowered.encoder.columns[0].texts
    assert (text.norm, text.tensor) == ("l2", "texts_1")


def test_columns_of_an_array_are_read_by_position():
    values = FRAME[["size", "text"]].to_numpy(dtype=object)
    columns = ColumnTransformer([("text", TfidfVectorizer(), 1)]).fit(values)
    lowered = lower_step(columns, values)
    np.testing.assert_array_equal(lowered.transform(values), columns.transform(values).toarray())


def test_a_missing_text_is_refused_as_natively():
    missing = FRAME.assign(text=["a cat", None, "dog", "dog", "x"])
    columns = ColumnTransformer([("text", TfidfVectorizer(), "text")]).fit(FRAME)
    with pytest.raises((ValueError, AttributeError)):
        columns.transform(missing)
    lowered = lower_step(columns, missing)
    with pytest.raises(InvalidInputError) as caught:
        lowered.transform(missing)
    assert [(v.row, v.field, v.rule) for v in caught.value.violations] == [(1, "text", "null")]


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (CountVectorizer(tokenizer=split, token_pattern=None), "`tokenizer="),
        (CountVectorizer(preprocessor=str.lower), "`preprocessor="),
        (CountVectorizer(analyzer=split), "`analyzer="),
        (TfidfVectorizer(strip_accents=str.upper), "`strip_accents="),
        (TfidfVectorizer(dtype=np.float32), "`dtype="),
        (CountVectorizer(dtype=np.int8), "`dtype="),
        (
            CountVectorizer(vocabulary={"cat": 0, 5: 1}, lowercase=False),
            "a term of its vocabulary is no string",
        ),
        (make_pipeline(TfidfVectorizer(), TfidfTransformer()), "right after a `CountVectorizer`"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value,
)
def test_what_is_not_covered_is_refused_with_a_reason(step, message):
    assert message in refusal(reading(step).fit(FRAME), FRAME).message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda step: setattr(step, "build_analyzer", lambda: split), "was replaced"),
        (lambda step: setattr(step, "ngram_range", (0, 2)), "`ngram_range=(0, 2)`"),
        (lambda step: setattr(step, "token_pattern", r"(\w)(\w)"), "captures several groups"),
        (lambda step: setattr(step, "vocabulary_", {"a": 0, "b": 0}), "each column one term"),
        (lambda step: setattr(step, "stop_words", [5]), "a stop word is no string"),
        (lambda step: setattr(step._tfidf, "idf_", np.ones(2)), "`idf_`"),
        (lambda step: setattr(step._tfidf, "use_idf", False), "`use_idf`"),
        (lambda step: delattr(step, "_tfidf"), "fitted attributes"),
    ],
)
def test_a_vectorizer_that_was_changed_is_refused(change, message):
    columns = reading(TfidfVectorizer()).fit(FRAME)
    change(columns.named_transformers_["text"])
    assert message in refusal(columns, FRAME).message


def test_a_frame_is_no_column_of_texts():
    vectorizer = TfidfVectorizer().fit(FRAME["text"])
    error = refusal(vectorizer, FRAME[["text"]])
    assert "names of the columns" in error.message
    assert 'TfidfVectorizer(), "text"' in str(error.hint)


def test_categories_and_numbers_are_no_texts():
    frame = FRAME.assign(kind=pd.Categorical(FRAME["title"]))
    columns = ColumnTransformer([("kind", CountVectorizer(), "kind")]).fit(frame)
    assert "columns of strings only" in refusal(columns, frame).message
    fitted = ColumnTransformer([("text", CountVectorizer(), "text")]).fit(FRAME)
    numbers = FRAME.assign(text=1.0)
    assert "columns of strings only" in refusal(fitted, numbers).message


def test_texts_that_another_step_made_are_refused():
    filled = make_pipeline(
        ColumnTransformer([("fill", SimpleImputer(strategy="constant", fill_value=""), ["text"])]),
        ColumnTransformer([("text", CountVectorizer(), 0)]),
    )
    assert "another step made" in refusal(filled.fit(FRAME), FRAME).message
