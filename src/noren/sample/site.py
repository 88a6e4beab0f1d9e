"""Where the town lies and how large it is: every length that the other modules share.

Lengths are metres. `x` runs east and `y` north from the south-west corner of a square of side `extent`; the valley
frame (`s` downstream, `n` to the left of the valley's axis) is the same plane turned and bent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from zlib import crc32

import numpy as np
import numpy.typing as npt
from pyproj import Transformer

from noren.errors import BadInput

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
JST = timezone(timedelta(hours=9))
CRS = "EPSG:6677"
"""JGD2011, plane rectangular zone IX, in which the town's surveyors work."""
GEOGRAPHIC = "EPSG:6668"
CITY, CITY_EN = "川辺市", "Kawabe"
PREFECTURE, PREFECTURE_EN = "美瀬県", "Mise"
CODE = "482015"
"""Municipal code; 48 is no prefecture, so that the town can never be taken for a real one."""
RIVER, RIVER_EN = "青瀬川", "Aose River"
BRANCH, BRANCH_EN = "小篠川", "Kozasa River"
LICENCE = "CC BY 4.0"
_CENTRE = (139.214, 36.096)
_LIVE_START = datetime(2026, 7, 6, tzinfo=JST)
LIVE_HOURS = 48


@dataclass(frozen=True)
class Site:
    """The frame of one generated town; `days` of history end where the live part starts."""

    population: int
    seed: int
    days: int

    def __post_init__(self) -> None:
        if not 500 <= self.population <= 5_000_000:
            raise BadInput(f"A town of {self.population} people cannot be laid out.", hint="Choose 500 to 5,000,000.")
        if not 2 <= self.days <= 800:
            raise BadInput(f"{self.days} days of history cannot be made.", hint="Choose 2 to 800 days.")

    @property
    def extent(self) -> float:
        """Side of the mapped square."""
        return float(max(3200.0, 6400.0 * (self.population / 30_000) ** 0.4) // 20 * 20)

    @property
    def cell(self) -> float:
        """Side of a terrain cell."""
        return 5.0 if self.extent <= 9000 else 10.0

    @property
    def growth(self) -> float:
        """How much longer everything is than in a town of 30,000."""
        return self.extent / 6400.0

    @property
    def live_start(self) -> datetime:
        """First moment of the live part, a Monday at midnight, local time."""
        return _LIVE_START

    @property
    def start(self) -> datetime:
        """First moment of the history."""
        return _LIVE_START - timedelta(days=self.days)

    def rng(self, name: str) -> np.random.Generator:
        """A stream of random numbers of its own for `name`, so that one part can change without the others."""
        return np.random.default_rng([self.seed, crc32(name.encode())])

    @property
    def origin(self) -> tuple[float, float]:
        """East and north of the square's south-west corner in `CRS`."""
        east, north = Transformer.from_crs("EPSG:6668", CRS, always_xy=True).transform(*_CENTRE)
        return float(round(east - self.extent / 2, -1)), float(round(north - self.extent / 2, -1))

    # The valley -------------------------------------------------------------------------------------------------
    @property
    def _bend(self) -> tuple[float, float, float, float]:
        draw = self.rng("valley")
        angle = np.radians(draw.uniform(-36, -18))
        return float(angle), float(draw.uniform(0.02, 0.04)), float(draw.uniform(0, 2 * np.pi)), 1.5

    def to_valley(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Valley coordinates of map coordinates."""
        angle, swing, phase, wave = self._bend
        length = self.extent
        dx, dy = x - length / 2, y - length / 2
        s = dx * np.cos(angle) + dy * np.sin(angle) + length / 2
        return s, -dx * np.sin(angle) + dy * np.cos(angle) - _axis(s / length, swing, phase, wave) * length

    def to_map(self, s: Floats, n: Floats) -> tuple[Floats, Floats]:
        """Map coordinates of valley coordinates."""
        angle, swing, phase, wave = self._bend
        length = self.extent
        t = n + _axis(s / length, swing, phase, wave) * length
        ds = s - length / 2
        x = ds * np.cos(angle) - t * np.sin(angle) + length / 2
        return x, ds * np.sin(angle) + t * np.cos(angle) + length / 2

    def lonlat(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Longitude and latitude (JGD2011, which is WGS 84 to a metre) of map coordinates."""
        east, north = self.origin
        lon, lat = Transformer.from_crs(CRS, GEOGRAPHIC, always_xy=True).transform(x + east, y + north)
        return np.asarray(lon), np.asarray(lat)


def _axis(s: Floats, swing: float, phase: float, wave: float) -> Floats:
    bent: Floats = swing * (np.sin(2 * np.pi * s / wave + phase) - np.sin(np.pi / wave + phase))
    return bent


def utc(moment: datetime) -> datetime:
    """The moment in UTC."""
    return moment.astimezone(UTC)
