"""The three models of the field as cases to fill in: office area, residential area, regional city.

>>> sorted(names())
['office-area', 'regional-city', 'residential-area']
"""

from __future__ import annotations

from importlib.resources import files

from noren.errors import BadInput


def names() -> list[str]:
    """The models there are."""
    return sorted(
        each.name.removesuffix(".toml") for each in files(__package__).iterdir() if each.name.endswith("toml")
    )


def template(name: str) -> str:
    """The model as a TOML document with comments in both languages; raises `BadInput` for one that does not exist."""
    if name not in names():
        raise BadInput(f"There is no model {name}.", where="model", hint=f"Known: {', '.join(names())}.")
    return (files(__package__) / f"{name}.toml").read_text("utf-8")
