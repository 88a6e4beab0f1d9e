"""What the city itself reads in the mapping files of added files: rasters by role, and classes that they raise."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from noren.errors import BadInput
from noren.terms import DataClass

FOLDER, FILES = "mappings", "files"
_CLASSES = {each.name.lower(): each for each in DataClass}
Stamp = tuple[tuple[str, int], ...]


def stamp(folder: Path) -> Stamp:
    """Changes whenever a mapping file does."""
    try:
        return tuple(sorted((path.name, path.stat().st_mtime_ns) for path in (folder / FOLDER).glob("*.toml")))
    except OSError:
        return ()


def coverages(folder: Path) -> dict[str, Path]:
    """GeoTIFF by role ("terrain", "water"); a raster that is not there is left out."""
    found: dict[str, Path] = {}
    for _, mapping in _mappings(folder):
        role, file = mapping.get("role"), mapping.get("file")
        if isinstance(role, str) and role and isinstance(file, str):
            place = next((each for each in (folder / FILES / file, folder / file) if each.is_file()), None)
            if place is not None:
                found[role] = place
    return found


def raised(folder: Path) -> dict[str, DataClass]:
    """Classes by "Type" or "Type.attribute", where `class` stands in a mapping or beside one of its columns.

    Raises `BadInput` for a class that does not exist, naming the file.
    """
    found: dict[str, DataClass] = {}
    for path, mapping in _mappings(folder):
        kind = str(mapping.get("type", ""))
        for name, stated in _stated(kind, mapping):
            if stated not in _CLASSES:
                raise BadInput(
                    f"“{stated}” is no class of data.", where=str(path), hint=f"Write one of {', '.join(_CLASSES)}."
                )
            found[name] = max(_CLASSES[stated], found.get(name, DataClass.OPEN))
    return found


def _stated(kind: str, mapping: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    if "class" in mapping:
        yield kind, mapping["class"]
    columns = mapping.get("columns")
    for column in columns.values() if isinstance(columns, dict) else ():
        if isinstance(column, dict) and "class" in column and column.get("attribute"):
            yield f"{column.get('type') or kind}.{column['attribute']}", column["class"]


def _mappings(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted((folder / FOLDER).glob("*.toml")):
        try:
            yield path, tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadInput(
                f"This is not TOML: {error}.", where=str(path), hint="Correct or delete the file."
            ) from error
