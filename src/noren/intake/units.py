"""Units of files (UN/CEFACT codes) to the city's, and what a measurement can be."""

from __future__ import annotations

from functools import cache
from typing import Any

import pint

RANGES: dict[str, tuple[float, float]] = {
    "waterLevel": (-50, 500), "flow": (0, 500_000), "precipitation": (0, 1_000), "temperature": (-80, 60),
    "dewPoint": (-90, 50),
    "relativeHumidity": (0, 100), "atmosphericPressure": (500, 1_100), "windSpeed": (0, 120), "gustSpeed": (0, 150),
    "windDirection": (0, 360), "intensity": (0, 100_000), "averageVehicleSpeed": (0, 300), "occupancy": (0, 100),
    "availableSpotNumber": (-100, 100_000), "occupiedSpotNumber": (0, 100_000), "population": (0, 50_000_000),
}  # fmt: skip
_PINT = {
    "MTR": "meter", "CMT": "centimeter", "MMT": "millimeter", "KMT": "kilometer", "FOT": "foot", "INH": "inch",
    "KMH": "km/hour",
    "MTS": "m/s", "KNT": "knot", "HM": "mile/hour", "CEL": "degC", "FAH": "degF", "KEL": "kelvin", "A97": "hectopascal",
    "MQS": "m**3/s", "MTQ": "m**3", "LTR": "liter", "KWH": "kWh", "WHR": "Wh", "SEC": "second", "MIN": "minute",
    "HUR": "hour",
}  # fmt: skip


@cache
def conversion(given: str, wanted: str) -> tuple[float, float]:
    """Factor and offset from one UN/CEFACT unit to another; (1, 0) when they are one or not comparable."""
    if not given or not wanted or given == wanted or given not in _PINT or wanted not in _PINT:
        return 1.0, 0.0
    units = _units()
    try:
        zero, one = (float(units.Quantity(v, _PINT[given]).to(_PINT[wanted]).magnitude) for v in (0.0, 1.0))
    except pint.DimensionalityError:
        return 1.0, 0.0
    return one - zero, zero


@cache
def _units() -> pint.UnitRegistry[Any]:
    return pint.UnitRegistry()
