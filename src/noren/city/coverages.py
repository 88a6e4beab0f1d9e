"""Rasters that the city keeps as files, by the role that a mapping file gives them."""

from __future__ import annotations

import tomllib
from pathlib import Path

from noren.errors import BadInput

MAPPINGS = "mappings"


def coverages(folder: Path) -> dict[str, Path]:
    """GeoTIFF by role, as `mappings/*.toml` say with `role` and `file`; raises `BadInput` for one that is no TOML."""
    found: dict[str, Path] = {}
    for path in sorted((folder / MAPPINGS).glob("*.toml")):
        try:
            mapping = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadInput(
                f"This is not TOML: {error}.", where=str(path), hint="Correct or delete the file."
            ) from error
        role, file = mapping.get("role"), mapping.get("file")
        if isinstance(role, str) and role and isinstance(file, str) and (folder / file).is_file():
            found[role] = folder / file
    return found
