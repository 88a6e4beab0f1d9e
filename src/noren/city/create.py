"""A new city: its folder and a `noren.toml` that explains itself."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from noren.city.config import FILE, Config, parse, slug
from noren.errors import AlreadyExists, BadInput

LANGUAGES = ("en", "ja")
FOLDERS = ("mappings", "contexts", "files", "data", "policies")


def create(
    folder: Path | str,
    name: str = "",
    *,
    name_ja: str = "",
    timezone: str = "UTC",
    country: str = "",
    languages: Sequence[str] = LANGUAGES,
) -> Config:
    """Make the folder of a new city, called by its folder where no name is given.

    Raises `AlreadyExists` when a city is there, `BadInput` for a time zone or country that does not exist.
    """
    folder = Path(folder)
    if (folder / FILE).exists():
        raise AlreadyExists("This folder is a city already.", where=str(folder / FILE), hint="Edit the file instead.")
    if country and not (len(country) == 2 and country.isalpha()):
        raise BadInput(f"“{country}” is no country.", where="country", hint="Give two letters, like JP or BR.")
    called = name or folder.resolve().name
    text = template(called, name_ja, timezone, country.upper(), languages)
    config = parse(text, FILE)
    for each in FOLDERS:
        (folder / each).mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(text, "utf-8")
    return config


def template(name: str, name_ja: str, timezone: str, country: str, languages: Sequence[str] = LANGUAGES) -> str:
    """The text of a new `noren.toml`."""
    names = {"en": name} | ({"ja": name_ja} if name_ja else {})
    shown = ", ".join(f"{language} = {_quoted(text)}" for language, text in names.items())
    text = (files(__package__) / "noren.toml").read_text("utf-8")
    values = {"NAME": shown, "SLUG": _quoted(slug(name)), "TIMEZONE": _quoted(timezone), "COUNTRY": _quoted(country)}
    values["LANGUAGES"] = ", ".join(map(_quoted, languages))
    for key, value in values.items():
        text = text.replace(f"@{key}@", value)
    return text


def _quoted(text: str) -> str:
    """`text` as a TOML basic string."""
    escaped = "".join(
        f"\\u{ord(letter):04x}"
        if ord(letter) < 32 or letter == "\x7f"
        else f"\\{letter}"
        if letter in '"\\'
        else letter
        for letter in text
    )
    return f'"{escaped}"'
