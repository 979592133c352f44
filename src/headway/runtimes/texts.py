"""Turns texts into the numbers of terms in them, weighted, as scikit-learn's vectorizers do.

Invariant: a text's terms are found by the same calls of Python's own `str`, `re` and `unicodedata`, and
weighted by the same arithmetic in the same order, so that the numbers are the same bits.

Source: scikit-learn `feature_extraction/text.py`, `CountVectorizer` and `TfidfTransformer`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

Terms = list[str]
# scikit-learn's own, and the usual other one; what another pattern costs, only its owner knows
LINEAR_PATTERNS = frozenset({r"(?u)\b\w\w+\b", r"(?u)\b\w+\b", r"\b\w+\b", r"\w+", r"\S+"})
_MAX_NGRAM = 20
_WHITE_SPACES = re.compile(r"\s\s+")


class TextColumns(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How one feature of texts becomes a matrix of one column for each term.

    Attributes:
        tensor: Name of the graph's input that takes the matrix.
        vocabulary: The terms, in the order of the columns.
        token_pattern: What a word is, to `re.findall`.
        analyzer: Terms are words, characters, or characters within words.
        lowercase: Whether a text is made lower case first.
        strip_accents: How accents are taken off then.
        stop_words: Words that are left out.
        ngram_range: Least and greatest number of words, or characters, of a term.
        binary: Count a term once, however often it is there.
        sublinear: Take 1 + log(count) for the count.
        idf: By term, what the count is multiplied by.
        norm: To which norm a row is divided.
    """

    tensor: str
    vocabulary: tuple[str, ...]
    token_pattern: str
    analyzer: Literal["word", "char", "char_wb"] = "word"
    lowercase: bool = True
    strip_accents: Literal["ascii", "unicode"] | None = None
    stop_words: tuple[str, ...] = ()
    ngram_range: tuple[int, int] = (1, 1)
    binary: bool = False
    sublinear: bool = False
    idf: tuple[float, ...] | None = None
    norm: Literal["l1", "l2"] | None = None

    def __post_init__(self) -> None:
        low, high = self.ngram_range
        if not 1 <= low <= high <= _MAX_NGRAM:
            raise ValueError(f"terms of {low} to {high} parts; at most {_MAX_NGRAM} are taken")
        if self.idf is not None and len(self.idf) != len(self.vocabulary):
            raise ValueError(f"{len(self.idf)} weights for {len(self.vocabulary)} terms")
        try:
            re.compile(self.token_pattern)
        except re.error as error:
            raise ValueError(f"the token pattern is none: {error}") from error

    @property
    def is_linear(self) -> bool:
        """Whether finding its terms takes time that grows with a text's length, and no faster."""
        return self.analyzer != "word" or self.token_pattern in LINEAR_PATTERNS


class TextEncoder:
    """Counts and weights the terms of texts.

    Args:
        columns: Says how.
    """

    def __init__(self, columns: TextColumns) -> None:
        self.tensor = columns.tensor
        self.width = len(columns.vocabulary)
        self._columns = columns
        self._place_of = {term: place for place, term in enumerate(columns.vocabulary)}.get
        self._terms = _analyzer(columns)
        self._idf = None if columns.idf is None else np.array(columns.idf, dtype=np.float64)

    def matrix(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return one row for each text, shape (n_texts, width)."""
        lengths, places, counts = [], [], []
        for text in texts:
            found = self._counted(text)
            # scikit-learn adds the squares of a row in this order
            ascending = sorted(found)
            lengths.append(len(ascending))
            places += ascending
            counts += [found[place] for place in ascending]
        matrix = np.zeros((len(texts), self.width), dtype=np.float64)
        if places:
            rows = np.repeat(np.arange(len(texts)), lengths)
            columns = np.array(places, dtype=np.intp)
            matrix[rows, columns] = self._weighted(
                np.array(counts, dtype=np.float64), columns, rows
            )
        return matrix

    def _counted(self, text: str) -> dict[int, int]:
        found: dict[int, int] = {}
        place_of = self._place_of
        for term in self._terms(text):
            place = place_of(term)
            if place is not None:
                found[place] = found.get(place, 0) + 1
        return found

    def _weighted(
        self, counts: NDArray[np.float64], places: NDArray[np.intp], rows: NDArray[np.intp]
    ) -> NDArray[np.float64]:
        weights = np.ones_like(counts) if self._columns.binary else counts
        if self._columns.sublinear:
            weights = np.log(weights) + 1.0
        if self._idf is not None:
            weights = weights * self._idf[places]
        if self._columns.norm == "l1":
            return weights / np.bincount(rows, np.abs(weights))[rows]
        if self._columns.norm == "l2":
            return weights / np.sqrt(np.bincount(rows, weights * weights))[rows]
        return weights


def _analyzer(columns: TextColumns) -> Callable[[str], Terms]:
    low, high = columns.ngram_range
    prepare = _preparer(columns)
    if columns.analyzer == "char":
        return lambda text: _ngrams(_WHITE_SPACES.sub(" ", prepare(text)), low, high)
    if columns.analyzer == "char_wb":
        return lambda text: _ngrams_within_words(prepare(text).split(), low, high)
    words_of = re.compile(columns.token_pattern).findall
    stop_words = frozenset(columns.stop_words)

    def terms(text: str) -> Terms:
        words = words_of(prepare(text))
        if stop_words:
            words = [word for word in words if word not in stop_words]
        return words if high == 1 else _word_ngrams(words, low, high)

    return terms


def _preparer(columns: TextColumns) -> Callable[[str], str]:
    strip: dict[str | None, Callable[[str], str]] = {
        None: str,
        "ascii": _without_accents,
        "unicode": _with_bare_letters,
    }
    strip_accents = strip[columns.strip_accents]
    if not columns.lowercase:
        return strip_accents
    return str.lower if strip_accents is str else lambda text: strip_accents(text.lower())


def _without_accents(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ASCII", "ignore").decode("ASCII")


def _with_bare_letters(text: str) -> str:
    if text.isascii():
        return text
    letters = unicodedata.normalize("NFKD", text)
    return "".join([letter for letter in letters if not unicodedata.combining(letter)])


def _word_ngrams(words: Terms, low: int, high: int) -> Terms:
    terms = list(words) if low == 1 else []
    for n in range(max(low, 2), min(high, len(words)) + 1):
        terms += [" ".join(words[i : i + n]) for i in range(len(words) - n + 1)]
    return terms


def _ngrams(text: str, low: int, high: int) -> Terms:
    terms: Terms = []
    for n in range(low, min(high, len(text)) + 1):
        terms += [text[i : i + n] for i in range(len(text) - n + 1)]
    return terms


def _ngrams_within_words(words: Terms, low: int, high: int) -> Terms:
    terms: Terms = []
    for word in words:
        padded = f" {word} "
        for n in range(low, high + 1):
            terms += [padded[i : i + n] for i in range(max(len(padded) - n, 0) + 1)]
            if n >= len(padded):  # a short word counts once
                break
    return terms
