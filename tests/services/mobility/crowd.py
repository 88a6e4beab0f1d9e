"""A small city of people who sleep, go to work and come home, and an independent sampler of the noise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from noren.services.mobility.flow.noise import Draw, Mechanism

MIDNIGHT = datetime(2026, 6, 1, tzinfo=UTC)


def trajectories(people: int, side: int, random: np.random.Generator, days: int = 1) -> np.ndarray:
    """Cells `[person, hour]` of a grid of `side` by `side`: at home by night, at work (at most three squares
    away in each direction) by day, on a straight way between, each with hours and places of their own, the same every
    day."""
    home = random.integers(0, side, (people, 2))
    work = np.clip(home + random.integers(-3, 4, (people, 2)), 0, side - 1)
    leave, back = random.integers(6, 10, people), random.integers(16, 21, people)
    hours = np.arange(24)[None, :]
    out = np.clip((hours - leave[:, None]) / 2, 0, 1) - np.clip((hours - back[:, None]) / 2, 0, 1)
    place = np.rint(home[:, None, :] + out[..., None] * (work - home)[:, None, :]).astype(int)
    return np.tile(place[..., 0] * side + place[..., 1], (1, days))


def table(cells: np.ndarray) -> pa.Table:
    """Trajectories as a company would hold them: a row for each person and hour."""
    people, hours = cells.shape
    times = [MIDNIGHT + timedelta(hours=hour, minutes=7) for hour in range(hours)]
    return pa.table(
        {
            "person": [f"p{person}" for person in range(people) for _ in range(hours)],
            "cell": [f"c{cell}" for cell in cells.ravel()],
            "time": pa.array(times * people, pa.timestamp("s", "UTC")),
        }
    )


def histogram(cells: np.ndarray, size: int) -> np.ndarray:
    """Raw counts `[hour, cell]`."""
    return np.stack([np.bincount(cells[:, hour], minlength=size) for hour in range(cells.shape[1])])


def cut(cells: np.ndarray, contributions: int, size: int, random: np.random.Generator) -> np.ndarray:
    """Counts `[hour, cell]` of which each person changes at most `contributions`, chosen at random."""
    people, hours = cells.shape
    kept = np.argsort(random.random((people, hours)), axis=1)[:, :contributions]
    counts = np.zeros((hours, size), int)
    np.add.at(counts, (kept, np.take_along_axis(cells, kept, axis=1)), 1)
    return counts


def discrete_gaussian(scale: float, shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    """Integers with probability proportional to exp(-x² / 2 scale²): the definition, drawn from its table."""
    values = np.arange(-int(12 * scale) - 1, int(12 * scale) + 2)
    weights = np.exp(-(values**2) / (2 * scale**2))
    return random.choice(values, shape, p=weights / weights.sum())


def drawer(random: np.random.Generator) -> Draw:
    """A stand-in for OpenDP's randomness that gives the same in every run."""

    def draw(how: Mechanism, counts: np.ndarray) -> np.ndarray:
        noised = counts + discrete_gaussian(how.scale, counts.shape, random)
        return np.where(noised >= how.threshold, noised, 0)

    return draw
