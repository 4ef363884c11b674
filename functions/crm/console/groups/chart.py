"""A line over days as the points of an SVG picture. Pure: sizes in the units of its `viewBox`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 600, 160
_EDGE = 8
Line = list[tuple[float, float]]


@dataclass(frozen=True)
class Point:
    """A value at the end of a day, counted from the first; `is_anew`: it cannot be compared with the one before."""

    day: int
    value: int
    is_anew: bool = False


def lines(points: Sequence[Point], *, right_to_left: bool) -> list[Line]:
    """The places of the points, a line for those that can be compared. The bottom is nought, time goes as one reads."""
    if not points:
        return []
    last, most = max(points[-1].day - points[0].day, 1), max(1, *(one.value for one in points))

    def place(one: Point) -> tuple[float, float]:
        x = _EDGE + (one.day - points[0].day) / last * (WIDTH - 2 * _EDGE)
        y = HEIGHT - _EDGE - one.value / most * (HEIGHT - 2 * _EDGE)
        return round(WIDTH - x if right_to_left else x, 1), round(y, 1)

    found: list[Line] = []
    for one in points:
        if one.is_anew or not found:
            found.append([])
        found[-1].append(place(one))
    return found


def dots(lines: Iterable[Line]) -> Line:
    """The points that stand alone, of which a line would show nothing."""
    return [line[0] for line in lines if len(line) == 1]


def text(line: Iterable[tuple[float, float]]) -> str:
    """A line as the attribute `points` writes it."""
    return " ".join(f"{x:g},{y:g}" for x, y in line)
