"""`noren init`: make the folder of a new city."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from noren import city
from noren.city.create import LANGUAGES


def init(
    folder: Path,
    /,
    *,
    name: str = "",
    name_ja: str = "",
    timezone: str = "UTC",
    country: str = "",
    language: list[str] | None = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Make the folder of a new city, with a settings file that explains itself. Nothing is asked.

    Parameters
    ----------
    folder
        Where the city shall live. It is made when it does not exist.
    name
        What the city is called; the folder's name when left out.
    name_ja
        What the city is called in Japanese.
    timezone
        The city's time zone, like Asia/Tokyo.
    country
        The city's country in two letters, like JP.
    language
        A language in which the city warns and shows its pages, like pt; several may be given, the first one first.
        Without one: English and Japanese.
    as_json
        Report as JSON, for scripts.
    """
    config = city.create(
        folder, name, name_ja=name_ja, timezone=timezone, country=country, languages=language or LANGUAGES
    )
    if as_json:
        print(msgspec.json.encode({"folder": str(folder), "name": config.name, "slug": config.slug}).decode())
        return
    print(f"{config.called('en')} is ready in {folder}.")
    print(f"Its settings:        {folder / 'noren.toml'}")
    print(f"Bring in data with:  noren add --city {folder} FILE…")
    print(f"Open it with:        noren up --city {folder}")
