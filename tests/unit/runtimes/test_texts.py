from __future__ import annotations

import warnings

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfTransformer, TfidfVectorizer

from headway.runtimes.texts import TextColumns, TextEncoder

WORD = r"(?u)\b\w\w+\b"
TEXTS = [
    "The cat sat on the mat, and the mat was flat.",
    "a b c",
    "",
    " \t\n  ",
    "Été à la plage: Straße, İstanbul, ﬁn, naïve café",
    "e\u0301te\u0301 ETE ete",
    "snake_case kebab-case CamelCase 12 1,000.5 x2",
    "你好 世界 😀 мир",
    "cat cat cat mat",
]
SETTINGS = [
    {},
    {"lowercase": False},
    {"strip_accents": "ascii"},
    {"strip_accents": "unicode", "lowercase": False},
    {"strip_accents": "unicode", "binary": True, "norm": "l1"},
    {"stop_words": "english"},
    {"stop_words": ["cat", "on"], "ngram_range": (1, 2)},
    {"ngram_range": (2, 3), "norm": None},
    {"token_pattern": r"[a-z]+(?=a)|\d"},
    {"token_pattern": r"\b(\w)\w*\b", "sublinear_tf": True},
    {"sublinear_tf": True, "norm": "l1", "use_idf": False},
    {"use_idf": False, "norm": None},
    {"smooth_idf": False},
    {"analyzer": "char", "ngram_range": (1, 3)},
    {"analyzer": "char", "ngram_range": (3, 4), "strip_accents": "ascii"},
    {"analyzer": "char_wb", "ngram_range": (2, 5)},
    {"analyzer": "char_wb", "ngram_range": (1, 1), "stop_words": "english"},
]


def columns_of(**settings):
    """Return the columns that are read as a vectorizer of scikit-learn reads them, and that."""
    vectorizer = TfidfVectorizer(**settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        vectorizer.fit(TEXTS)
    words = settings.get("stop_words", ())
    columns = TextColumns(
        tensor="texts_0",
        vocabulary=tuple(vectorizer.get_feature_names_out().tolist()),
        token_pattern=vectorizer.token_pattern,
        analyzer=vectorizer.analyzer,
        lowercase=vectorizer.lowercase,
        strip_accents=vectorizer.strip_accents,
        stop_words=tuple(ENGLISH_STOP_WORDS if words == "english" else words),
        ngram_range=vectorizer.ngram_range,
        binary=vectorizer.binary,
        sublinear=vectorizer.sublinear_tf,
        idf=tuple(vectorizer.idf_.tolist()) if vectorizer.use_idf else None,
        norm=vectorizer.norm,
    )
    return columns, vectorizer


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_texts_become_the_same_bits_as_in_scikit_learn(settings):
    columns, vectorizer = columns_of(**settings)
    asked = [*TEXTS, "Another cat, an unknown mat; THE END", "mat mat été"]
    expected = vectorizer.transform(asked).toarray()
    np.testing.assert_array_equal(TextEncoder(columns).matrix(asked), expected)


SOME = [columns_of(**settings) for settings in SETTINGS[1:8] + SETTINGS[13:16]]
READERS = [(TextEncoder(columns), vectorizer) for columns, vectorizer in SOME]
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(" catmon.é"))


@given(st.lists(ANY_TEXT, min_size=1, max_size=4), st.sampled_from(READERS))
def test_any_text_becomes_the_same_bits_as_in_scikit_learn(texts, reader):
    encoder, vectorizer = reader
    expected = vectorizer.transform(texts).toarray()
    np.testing.assert_array_equal(encoder.matrix(texts), expected)


def test_plain_columns_count():
    encoder = TextEncoder(TextColumns("t", ("cat", "mat", "dog"), WORD))
    assert encoder.width == 3
    assert encoder.matrix(["Mat, cat; MAT", "nothing"]).tolist() == [[1.0, 2.0, 0.0], [0.0] * 3]
    assert encoder.matrix([]).shape == (0, 3)


def test_weights_are_those_of_a_transformer_after_a_count():
    counts = np.array([[3.0, 1.0, 0.0], [0.0, 1.0, 2.0]])
    fitted = TfidfTransformer().fit(counts)
    columns = TextColumns("t", ("aa", "bb", "cc"), WORD, idf=tuple(fitted.idf_), norm="l2")
    made = TextEncoder(columns).matrix(["aa aa aa bb", "bb cc cc"])
    np.testing.assert_array_equal(made, fitted.transform(counts).toarray())


def test_json_keeps_the_columns():
    columns, _ = columns_of(ngram_range=(1, 2), norm="l1", strip_accents="ascii", stop_words=["on"])
    assert msgspec.json.decode(msgspec.json.encode(columns), type=TextColumns) == columns


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"token_pattern": "("}, "the token pattern is none"),
        ({"ngram_range": (1, 100_000)}, "at most 20 are taken"),
        ({"ngram_range": (2, 1)}, "terms of 2 to 1"),
        ({"idf": (1.0,)}, "1 weights for 2 terms"),
    ],
    ids=str,
)
def test_a_document_that_would_fail_or_stall_later_is_refused_when_it_is_read(changes, told):
    document = {"tensor": "texts_0", "vocabulary": ("a", "b"), "token_pattern": r"\w+"} | changes
    with pytest.raises(msgspec.ValidationError, match=told):
        msgspec.convert(document, TextColumns)


@pytest.mark.parametrize(
    ("pattern", "analyzer", "is_linear"),
    [(r"(?u)\b\w\w+\b", "word", True), ("(a+)+b", "word", False), ("(a+)+b", "char", True)],
)
def test_a_pattern_of_the_owners_may_take_any_time(pattern, analyzer, is_linear):
    columns = TextColumns("texts_0", ("a",), pattern, analyzer)
    assert columns.is_linear is is_linear
