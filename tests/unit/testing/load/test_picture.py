from __future__ import annotations

import html.parser
from pathlib import Path

import pytest

from headway.errors import ConfigError
from headway.testing.load.objectives import judge, read_objectives
from headway.testing.load.picture import charts, page, write_picture
from headway.testing.load.report import BenchReport
from unit.testing.load.made import PLAN, measurement, samples

OBJECTIVES = read_objectives(["p99=20ms"])


def report(*latencies):
    found = [samples(one) for one in latencies]
    measured = tuple(
        measurement(one, f"credit:{i}", judgements=tuple(judge(OBJECTIVES, one, 1_000)))
        for i, one in enumerate(found)
    )
    return BenchReport(PLAN, measured, rows="<b>rows</b>")


class Reader(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        assert not {"src", "href", "onload"} & {name for name, _ in attrs}


def test_a_page_holds_both_charts_and_nothing_from_elsewhere():
    text = page(report([2] * 500, [3] * 499 + [80]))
    reader = Reader()
    reader.feed(text)
    assert reader.tags.count("svg") == 2
    assert {"script", "img", "link", "b>rows"}.isdisjoint(reader.tags)
    assert "&lt;b&gt;rows" in text
    assert "too few" in text


def test_each_version_has_a_curve_and_the_slowest_request_is_on_it():
    for chart in charts(report([2] * 500, [3] * 499 + [80])):
        assert [one.name for one in chart.series] == ["credit:0", "credit:1"]
    over_time, distribution = charts(report([3] * 499 + [80]))
    assert max(high for _, _, high in over_time.series[0].band) == pytest.approx(80)
    assert max(y for _, y in distribution.series[0].points) == pytest.approx(80)
    assert over_time.limits == ((20.0, "p99"),)


def test_nothing_that_was_answered_is_a_picture_too(tmp_path: Path):
    nothing = BenchReport(PLAN, (measurement(samples([1], status=[503])),))
    for name in ("a.svg", "a.html", "b.SVG"):
        write_picture(nothing, tmp_path / name)
        assert (tmp_path / name).stat().st_size > 1_000


def test_other_names_and_other_folders_are_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match="no name of a picture"):
        write_picture(report([1]), tmp_path / "a.png")
    with pytest.raises(ConfigError, match="cannot be written"):
        write_picture(report([1]), tmp_path / "none" / "a.svg")
