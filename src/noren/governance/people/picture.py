"""A population pyramid in characters."""

from __future__ import annotations

import numpy as np

from noren.governance.people.records import Floats, Population


def pyramid(people: Population, left: str, right: str, half: int = 30, most: float | None = None) -> str:
    """Men to the left, women to the right, the oldest on top; `most` people (the widest class) are `half` marks.

    >>> print(pyramid(Population(2025, 5, np.array([[4.0, 2, 1], [4.0, 3, 2]])), "men", "women", half=4))
      men       women
        █  10+  ██
       ██  5-9  ███
     ████  0-4  ████
    """
    counts, names = _fives(people)
    most = most or float(counts.max()) or 1.0
    marks = np.rint(counts / most * half).astype(int)
    wide = max(len(name) for name in names)
    lines = [f"{left:>{half}}  {'':^{wide}}  {right}"]
    for i in reversed(range(len(names))):
        men, women = (min(int(m), half) for m in marks[:, i])
        lines.append(f"{'█' * men:>{half}}  {names[i]:^{wide + 1}} {'█' * women}".rstrip())
    return "\n".join(f" {line}" for line in lines)


def _fives(people: Population) -> tuple[Floats, list[str]]:
    """Classes of five years also of single ages."""
    if people.width == 5:
        return people.counts, people.labels
    starts = range(0, people.open_age // 5 * 5 + 1, 5)
    ends = [*(low + 5 for low in starts[:-1]), None]
    counts = [[people.between(a, b, sex) for a, b in zip(starts, ends, strict=True)] for sex in ("male", "female")]
    return np.array(counts), [*(f"{low}-{low + 4}" for low in starts[:-1]), f"{starts[-1]}+"]
