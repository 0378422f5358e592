"""Bars of a chart in SVG: geometry here, colour in the style sheet, figures in a table beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 320
HEIGHT: Final = 80
"""Units of the drawing; it is scaled to the room there is."""

_GAP: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar: where it stands, and what it says."""

    x: float
    y: float
    width: float
    height: float
    label: str
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """All bars, as high as the highest allows."""

    bars: Sequence[Bar]
    highest: int
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def total(self) -> int:
        """What the bars come to."""
        return sum(bar.value for bar in self.bars)


def chart(values: Sequence[tuple[str, int]]) -> Chart:
    """Bars for (label, value), from left to right; values are not negative."""
    highest = max((value for _, value in values), default=0)
    step = WIDTH / max(1, len(values))
    bars = [
        Bar(
            x=round(at * step + _GAP / 2, 2),
            y=round(HEIGHT - _height(value, highest), 2),
            width=round(step - _GAP, 2),
            height=_height(value, highest),
            label=label,
            value=value,
        )
        for at, (label, value) in enumerate(values)
    ]
    return Chart(bars=bars, highest=highest)


def _height(value: int, highest: int) -> float:
    """In proportion, but something that is not nothing can be seen."""
    return 0 if not value else max(1.5, round(HEIGHT * value / highest, 2))
