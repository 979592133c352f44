"""Draws charts as SVG: two axes, lines and bands, in colours that follow light and dark."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDTH, HEIGHT = 760, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 66, 18, 46, 44
# of text, at most; nobody measures it here
_LETTER_WIDTH = 7.5
_KEY_WIDTH = 20

STYLE = """
:root { color-scheme: light dark; }
.chart { --ink: #1c2733; --dim: #66717d; --grid: #dfe4e9; --paper: #ffffff;
  --line-0: #0b6bcb; --line-1: #c2410c; font: 12px system-ui, sans-serif; }
@media (prefers-color-scheme: dark) {
  .chart { --ink: #e6eaee; --dim: #9aa5b1; --grid: #333c46; --paper: #14191f;
    --line-0: #5aa9f8; --line-1: #fb923c; } }
.chart .paper { fill: var(--paper); }
.chart text { fill: var(--dim); }
.chart .name { fill: var(--ink); font-size: 14px; font-weight: 600; }
.chart .grid { stroke: var(--grid); }
.chart .limit { stroke: var(--ink); stroke-dasharray: 5 4; }
.chart .line { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
.chart .band { stroke: none; opacity: .22; }
.chart .line.s0 { stroke: var(--line-0); } .chart .line.s1 { stroke: var(--line-1); }
.chart .band.s0 { fill: var(--line-0); } .chart .band.s1 { fill: var(--line-1); }
.chart .key.s0 { fill: var(--line-0); } .chart .key.s1 { fill: var(--line-1); }
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Axis:
    """One axis.

    Attributes:
        label: What it shows, with the unit.
        low: Value at its beginning.
        high: Value at its end, above `low`.
        ticks: Values with their texts.
        is_log: Whether equal lengths are equal factors; `low` is above 0 then.
    """

    label: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    is_log: bool = False

    def part(self, value: float) -> float:
        """Return where a value lies: 0 at the beginning of the axis, 1 at its end."""
        value = min(max(value, self.low), self.high)
        if self.is_log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


@dataclasses.dataclass(frozen=True, slots=True)
class Series:
    """One curve.

    Attributes:
        name: In the legend.
        points: Along the curve.
        band: Lower and upper edge of a band: x, low, high.
    """

    name: str
    points: Sequence[tuple[float, float]]
    band: Sequence[tuple[float, float, float]] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Chart:
    """A chart.

    Attributes:
        title: What it shows.
        description: What one sees in it, for those who do not see it.
        x: The horizontal axis.
        y: The vertical axis.
        series: Curves.
        limits: Horizontal lines with names.
    """

    title: str
    description: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    limits: tuple[tuple[float, str], ...] = ()

    def draw(self, name: str, top: int = 0) -> str:
        """Return the chart as an element of SVG.

        Args:
            name: Makes the ids of its title unique in a document.
            top: Where it begins in a picture of several.
        """
        parts = [
            *self._grid(),
            *(line for i, one in enumerate(self.series) for line in self._curve(i, one)),
            *self._limits(),
            *self._legend(),
        ]
        return (
            f'<svg class="chart" xmlns="http://www.w3.org/2000/svg" y="{top}" width="{WIDTH}" '
            f'height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'aria-labelledby="{name}-title {name}-desc"><title id="{name}-title">'
            f'{escape(self.title)}</title><desc id="{name}-desc">{escape(self.description)}</desc>'
            f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>'
            f'<text class="name" x="{_LEFT}" y="20">{escape(self.title)}</text>'
            f"{''.join(parts)}</svg>"
        )

    def _at(self, x: float, y: float) -> tuple[float, float]:
        width, height = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
        return (
            round(_LEFT + self.x.part(x) * width, 1),
            round(HEIGHT - _BOTTOM - self.y.part(y) * height, 1),
        )

    def _grid(self) -> Iterable[str]:
        for value, text in self.y.ticks:
            _, y = self._at(self.x.low, value)
            yield f'<path class="grid" d="M{_LEFT} {y}H{WIDTH - _RIGHT}"/>'
            yield f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{escape(text)}</text>'
        for value, text in self.x.ticks:
            x, _ = self._at(value, self.y.low)
            yield f'<path class="grid" d="M{x} {_TOP}V{HEIGHT - _BOTTOM}"/>'
            # the last one would be cut off by the edge
            anchor = "middle" if x < WIDTH - _RIGHT else "end"
            yield (
                f'<text x="{x}" y="{HEIGHT - _BOTTOM + 16}" text-anchor="{anchor}">'
                f"{escape(text)}</text>"
            )
        middle = (_LEFT + WIDTH - _RIGHT) / 2
        yield f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">{escape(self.x.label)}</text>'
        yield f'<text x="{_LEFT}" y="{_TOP - 8}">{escape(self.y.label)}</text>'

    def _curve(self, index: int, series: Series) -> Iterable[str]:
        if series.band:
            upper = [self._at(x, high) for x, _, high in series.band]
            lower = [self._at(x, low) for x, low, _ in reversed(series.band)]
            yield f'<polygon class="band s{index}" points={quoteattr(_points(upper + lower))}/>'
        points = _points([self._at(x, y) for x, y in series.points])
        yield f'<polyline class="line s{index}" points={quoteattr(points)}/>'

    def _limits(self) -> Iterable[str]:
        for value, text in self.limits:
            _, y = self._at(self.x.low, value)
            yield f'<path class="limit" d="M{_LEFT} {y}H{WIDTH - _RIGHT}"/>'
            yield f'<text x="{WIDTH - _RIGHT}" y="{y - 4}" text-anchor="end">{escape(text)}</text>'

    def _legend(self) -> Iterable[str]:
        if len(self.series) < 2:  # noqa: PLR2004
            return
        # beside the title, where no curve and no limit comes
        x: float = WIDTH - _RIGHT
        for i, series in reversed(list(enumerate(self.series))):
            yield f'<text x="{x}" y="20" text-anchor="end">{escape(series.name)}</text>'
            x -= len(series.name) * _LETTER_WIDTH + _KEY_WIDTH
            yield f'<rect class="key s{i}" x="{x}" y="11" width="14" height="10"/>'
            x -= _KEY_WIDTH


def log_axis(label: str, low: float, high: float) -> Axis:
    """Return an axis of whole powers of ten around two values above 0."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    last = max(last, first + 1)
    ticks = tuple((10.0**power, f"{10.0**power:g}") for power in range(first, last + 1))
    return Axis(label, 10.0**first, 10.0**last, ticks, is_log=True)


def linear_axis(label: str, high: float) -> Axis:
    """Return an axis from 0 to a value, with about six round ticks."""
    rough = high / 6
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= rough)
    values = [round(step * i, 12) for i in range(int(high / step + 1e-9) + 1)]
    return Axis(label, 0.0, high, tuple((value, f"{value:g}") for value in values))


def document(charts: Sequence[Chart]) -> str:
    """Return charts below each other as one file of SVG."""
    height = HEIGHT * len(charts)
    drawn = "".join(chart.draw(f"chart-{i}", i * HEIGHT) for i, chart in enumerate(charts))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}"><style>{STYLE}</style>{drawn}</svg>\n'
    )


def _points(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)
