"""What if: fertility higher or lower, nobody comes or goes, young families return, or what a file says."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from noren.errors import BadInput
from noren.governance.people.records import Floats, covered

PHASES = ((0, 0.25), (5, 0.40), (10, 0.50))
"""The UN's low and high variants: so many children fewer or more, from so many years ahead (WPP 2019, Methodology)."""


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes to what is expected. In a TOML file the same names are keys.

    `children`: children per woman more (or fewer) after ten years, in three steps. `deaths`: factor on the risk to
    die. `migration`: factor on people coming and going; for a register, how far the movements of the past go on.
    `families`: net arrivals a year in young families for 1,000 residents: two adults of 25-39 to one child under 10.
    """

    name: str = "custom"
    children: float = 0.0
    deaths: float = 1.0
    migration: float = 1.0
    families: float = 0.0

    def children_at(self, children: float, years: int) -> float:
        """Children per woman so many years ahead."""
        share = max(phase for begin, phase in PHASES if years >= begin) / PHASES[-1][1]
        return max(0.0, children + self.children * share)

    def survival(self, survival: Floats) -> Floats:
        """Shares that survive when the risk to die is multiplied."""
        return np.asarray(survival**self.deaths)

    def arrivals(self, residents: float, width: int, classes: int, years: int) -> Floats:
        """Net arrivals in young families over so many years, by sex and age (2, A)."""
        adults, small = covered(width, classes, 25, 40), covered(width, classes, 0, 10)
        share = 2 / 3 * adults / adults.sum() + 1 / 3 * small / small.sum()
        count = self.families / 1000 * residents * years
        return np.asarray(np.stack([share, share]) / 2 * count)


SCENARIOS = {
    each.name: each
    for each in (
        Scenario(name="median"),
        Scenario(name="low-fertility", children=-0.5),
        Scenario(name="high-fertility", children=0.5),
        Scenario(name="no-migration", migration=0.0),
        Scenario(name="families-return", families=2.0),
    )
}


def scenario(name: str) -> Scenario:
    """A scenario by name, or from a TOML file; raises `BadInput` for neither and for figures that cannot be."""
    if name in SCENARIOS:
        return SCENARIOS[name]
    path = Path(name)
    if path.suffix != ".toml" or not path.is_file():
        hint = f"Choose one of {', '.join(SCENARIOS)}, or a TOML file."
        raise BadInput(f"There is no scenario {name!r}.", hint=hint)
    try:
        found = msgspec.toml.decode(path.read_bytes(), type=Scenario)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        keys = ", ".join(f.name for f in msgspec.structs.fields(Scenario))
        raise BadInput("The scenario cannot be read.", where=path.name, hint=f"{error}. Keys: {keys}.") from error
    _check(found, path.name)
    return found


def _check(found: Scenario, where: str) -> None:
    bounds = {"children": (-5.0, 5.0), "deaths": (0.0, 10.0), "migration": (0.0, 10.0), "families": (-100.0, 100.0)}
    for key, (low, high) in bounds.items():
        if not low <= getattr(found, key) <= high:
            raise BadInput(f"{key} must lie between {low:g} and {high:g}.", where=f"{where}, {key}", hint="Correct it.")
