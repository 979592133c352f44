from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from headway.testing.load.svg import Axis, Chart, Series, document, linear_axis, log_axis


def chart(**fields):
    given = {
        "title": "a < b & c",
        "description": "of <script>",
        "x": linear_axis("time in s", 30),
        "y": log_axis("ms", 0.4, 90),
        "series": (Series("one", [(0, 1), (30, 50)], [(0, 0.5, 2)]), Series("<two>", [(1, 1)])),
        "limits": ((20.0, "p99"),),
    }
    return Chart(**given | fields)


def test_a_document_is_xml_that_says_what_it_shows_and_needs_nothing_from_elsewhere():
    text = document([chart(), chart()])
    root = ET.fromstring(text)
    tags = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert (tags.count("title"), tags.count("desc")) == (2, 2)
    assert "script" not in tags
    assert "prefers-color-scheme: dark" in text
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(set(ids)) == len(ids)
    assert "href" not in text
    assert text.count("http") == text.count("http://www.w3.org/2000/svg")


@pytest.mark.parametrize(
    ("axis", "value", "part"),
    [
        (Axis("", 0, 10, ()), 5, 0.5),
        (Axis("", 0, 10, ()), 99, 1.0),
        (Axis("", 1, 100, (), is_log=True), 10, 0.5),
        (Axis("", 1, 100, (), is_log=True), 0.0, 0.0),
    ],
)
def test_a_value_lies_on_its_axis(axis, value, part):
    assert axis.part(value) == pytest.approx(part)


@pytest.mark.parametrize(("low", "high"), [(0.4, 90), (1, 1), (5, 5.1), (1e-3, 1e5)])
def test_an_axis_of_powers_holds_both_ends(low, high):
    axis = log_axis("", low, high)
    assert axis.low <= low <= high <= axis.high
    assert axis.low < axis.high


@pytest.mark.parametrize("high", [0.3, 1, 7, 30, 600])
def test_an_axis_has_few_round_ticks_within_it(high):
    ticks = [value for value, _ in linear_axis("", high).ticks]
    assert 3 <= len(ticks) <= 8
    assert ticks[0] == 0
    assert ticks[-1] <= high
