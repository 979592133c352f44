"""Lowers vectorizers of texts. Source: scikit-learn `feature_extraction/text.py`.

Texts are read where features are encoded: the graph takes the weighted numbers of their terms.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer

from headway.errors import LoweringError
from headway.optimize.lowering.sklearn.parameters import (
    anything,
    check_parameters,
    is_switch,
    one_of,
)
from headway.runtimes.onnx import GRAPH_INPUT
from headway.runtimes.texts import TextColumns

if TYPE_CHECKING:
    from headway.optimize.lowering.state import Columns, Lowering, LowerTransformer


def _is_pattern(value: Any) -> bool:
    # it is `None` where a tokenizer is given, which is refused for itself
    return value is None or type(value) is str


def _is_number_type(value: Any) -> bool:
    # counts of fewer bits could overflow, and float32 has other digits
    return np.dtype(value) in {np.dtype(np.int64), np.dtype(np.float64)}


def _is_range(value: Any) -> bool:
    low, high = value
    return type(low) is int and type(high) is int and 1 <= low <= high


_WEIGHTS = {
    "norm": one_of("l1", "l2", None),
    "use_idf": is_switch,
    "smooth_idf": is_switch,
    "sublinear_tf": is_switch,
}
_COUNTS = {
    "input": one_of("content"),
    "encoding": anything,
    "decode_error": anything,
    "strip_accents": one_of("ascii", "unicode", None),
    "lowercase": is_switch,
    "preprocessor": one_of(None),
    "tokenizer": one_of(None),
    "stop_words": anything,
    "token_pattern": _is_pattern,
    "ngram_range": _is_range,
    "analyzer": one_of("word", "char", "char_wb"),
    "max_df": anything,
    "min_df": anything,
    "max_features": anything,
    "vocabulary": anything,
    "binary": is_switch,
    "dtype": _is_number_type,
}
# Attributes that would stand for methods of the class
_REPLACEABLE = frozenset(
    {"build_analyzer", "build_preprocessor", "build_tokenizer", "get_stop_words", "decode"}
)


def lower_count_vectorizer(lowering: Lowering, step: CountVectorizer, columns: Columns) -> Columns:
    """Count terms."""
    check_parameters(step, _COUNTS)
    return lowering.texts.add(_feature(lowering, columns), _counts(step))


def lower_tfidf_vectorizer(lowering: Lowering, step: TfidfVectorizer, columns: Columns) -> Columns:
    """Count terms and weight them."""
    check_parameters(step, _COUNTS | _WEIGHTS)
    counts = _counts(step)
    # what transforms is the part that was made at fit, whatever the parameters are by now
    return lowering.texts.add(
        _feature(lowering, columns),
        _weighted(counts, step._tfidf),  # noqa: SLF001
    )


def lower_tfidf_transformer(
    lowering: Lowering, step: TfidfTransformer, columns: Columns
) -> Columns:
    """Weight the terms that were counted just before."""
    found = lowering.texts.whole(columns)
    if found is None or _is_weighted(found[1]):
        raise LoweringError("it is covered right after a `CountVectorizer` only")
    return lowering.texts.add(found[0], _weighted(found[1], step))


def _feature(lowering: Lowering, columns: Columns) -> int:
    """Return the feature whose texts are read; missing texts are refused."""
    if len(columns) != 1 or not columns[0].is_alone:
        raise LoweringError(
            "it is given a frame, of which it would read the names of the columns",
            hint='name one column, not a list of one: `("text", TfidfVectorizer(), "text")`',
        )
    (column,) = columns
    if column.vocabulary is None or column.vocabulary.is_closed:
        raise LoweringError("it is covered for columns of strings only")
    if column.tensor != GRAPH_INPUT or column.is_computed or column.fill is not None:
        raise LoweringError("it reads what another step made of the texts")
    lowering.refusals.require_present(columns)
    return column.only_feature


def _counts(step: CountVectorizer) -> TextColumns:
    if not _REPLACEABLE.isdisjoint(vars(step)):
        raise LoweringError("how it reads texts was replaced on the object")
    is_of_words = step.analyzer == "word"
    if is_of_words and re.compile(step.token_pattern).groups > 1:
        raise LoweringError("its `token_pattern` captures several groups")
    return TextColumns(
        tensor="",
        vocabulary=_vocabulary(step.vocabulary_),
        analyzer=step.analyzer,
        token_pattern=step.token_pattern or "",
        lowercase=bool(step.lowercase),
        strip_accents=step.strip_accents,
        stop_words=_stop_words(step) if is_of_words else (),
        ngram_range=step.ngram_range,
        binary=bool(step.binary),
    )


def _vocabulary(places: dict[str, int]) -> tuple[str, ...]:
    if sorted(places.values()) != list(range(len(places))):
        raise LoweringError("its vocabulary does not give each column one term")
    terms = sorted(places, key=places.__getitem__)
    if not all(isinstance(term, str) for term in terms):
        raise LoweringError("a term of its vocabulary is no string")
    return tuple(map(str, terms))


def _stop_words(step: CountVectorizer) -> tuple[str, ...]:
    words = step.get_stop_words() or ()
    if not all(isinstance(word, str) for word in words):
        raise LoweringError("a stop word is no string")
    return tuple(sorted(map(str, words)))


def _weighted(counts: TextColumns, step: TfidfTransformer) -> TextColumns:
    check_parameters(step, _WEIGHTS)
    idf = getattr(step, "idf_", None)
    if (idf is None) is bool(step.use_idf):
        raise LoweringError("`use_idf` is not what it was fitted with")
    if idf is not None and (
        idf.dtype != np.float64
        or idf.shape != (len(counts.vocabulary),)
        or not (np.isfinite(idf) & (idf >= 1)).all()
    ):
        raise LoweringError("its `idf_` is not one float64 number from 1 for each term")
    return msgspec.structs.replace(
        counts,
        sublinear=bool(step.sublinear_tf),
        idf=None if idf is None else tuple(idf.tolist()),
        norm=step.norm,
    )


def _is_weighted(columns: TextColumns) -> bool:
    return columns.sublinear or columns.idf is not None or columns.norm is not None


TRANSFORMERS: dict[type, LowerTransformer] = {
    CountVectorizer: lower_count_vectorizer,
    TfidfTransformer: lower_tfidf_transformer,
    TfidfVectorizer: lower_tfidf_vectorizer,
}
