"""What goes wrong with real sensors, put in on purpose and written down: quality reports then find something true."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from noren.sample.site import Floats, Site
from noren.sample.weather import Times


@dataclass
class Faults:
    """The faults of this town's record; `told` has a sentence for each, for the folder's README."""

    site: Site
    told: list[str] = field(default_factory=list)

    def stuck(self, station: str, times: Times, values: Floats, start: int, steps: int) -> Floats:
        """The sensor repeats its last reading."""
        bad = values.copy()
        bad[start : start + steps] = bad[start]
        self._tell(f"{station}: stuck at {bad[start]:g} for {steps / 6:g} hours", times[start])
        return bad

    def spike(self, station: str, times: Times, values: Floats, at: int, value: float) -> Floats:
        """One reading that cannot be."""
        bad = values.copy()
        bad[at] = value
        self._tell(f"{station}: impossible reading {value:g}", times[at])
        return bad

    def gap(self, station: str, times: Times, keep: Floats, start: int, steps: int) -> None:
        """Readings that never came; `keep` is changed."""
        keep[start : start + steps] = False
        self._tell(f"{station}: no readings for {steps / 6:g} hours", times[start])

    def twice(self, station: str, times: Times, order: Floats, start: int, steps: int) -> Floats:
        """Row numbers with a stretch sent twice."""
        again = order[start : start + steps]
        self._tell(f"{station}: {steps} rows sent twice", times[start])
        return np.concatenate([order[: start + steps], again, order[start + steps :]])

    def _tell(self, what: str, when: np.datetime64) -> None:
        self.told.append(f"{what} from {minute(when)}")


def text_times(times: Times, style: str = "%Y/%m/%d %H:%M") -> pa.Array:
    """Local times as municipal files write them."""
    return pc.strftime(pa.array(times.astype("datetime64[s]")), format=style)


def minute(moment: np.datetime64) -> str:
    """The time to the minute, for people."""
    return str(moment).replace("T", " ")[:16]
