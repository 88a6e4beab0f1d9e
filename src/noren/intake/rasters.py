"""Rasters as coverages: kept as files; what they show is told from their values."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
import rasterio
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.warp import transform_bounds

from noren.errors import BadInput


class Raster(msgspec.Struct):
    """What a raster shows: its role, bounds in WGS 84 (west, south, east, north) and size."""

    role: Literal["terrain", "water", ""]
    bounds: list[float]
    width: int
    height: int
    cell: float


def look(path: Path) -> Raster:
    """What the raster shows; raises `BadInput` when it cannot be read or does not say where it lies."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path) as image:
                if image.crs is None:
                    raise BadInput(
                        "The raster does not say where it lies.",
                        where=path.name,
                        hint="Save it with its coordinate system.",
                    )
                scale = max(1, max(image.width, image.height) // 1000)
                sample = image.read(
                    1, out_shape=(max(1, image.height // scale), max(1, image.width // scale)), masked=True
                )
                bounds = [round(v, 7) for v in transform_bounds(image.crs, "EPSG:4326", *image.bounds)]
                return Raster(_role(path.name, sample), bounds, image.width, image.height, abs(image.transform.a))
    except RasterioError as error:
        raise BadInput("The raster cannot be read.", where=path.name, hint="Copy or download it again.") from error


def _role(name: str, sample: np.ma.MaskedArray) -> Literal["terrain", "water", ""]:
    values = np.unique(sample.compressed()[:200_000])
    if len(values) <= 3 and set(values.tolist()) <= {0, 1, 255}:
        return "water"
    return "terrain" if len(values) > 8 and values.min() > -500 and values.max() < 9000 else ""


def keep(path: Path, city: Path) -> Path:
    """Copy the raster into the city's folder and return its place there."""
    target = city / "files" / path.name
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.resolve() != path.resolve():
        shutil.copyfile(path, target)
    return target
