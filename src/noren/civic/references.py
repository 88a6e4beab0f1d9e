"""Numbers by which people follow what they handed in: short, random, and hard to mistake when read aloud."""

from __future__ import annotations

import re
import secrets
import unicodedata

from noren.errors import BadInput

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U."""
_GROUP = 4
_MISTAKEN = str.maketrans("ILOilo", "110110")


def reference(groups: int = 2) -> str:
    """A new number, like 7K3Q-9XMA: twenty random bits a group, so that nobody finds another one's by trying."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(groups))


def read(text: str, groups: int = 2) -> str:
    """The number as it was given out, however it was typed; raises `BadInput` for what is none.

    >>> read(" 7k3q 9xma")
    '7K3Q-9XMA'
    """
    letters = re.sub(r"[\s\-–ー−]", "", unicodedata.normalize("NFKC", text)).translate(_MISTAKEN).upper()
    if len(letters) != groups * _GROUP or not set(letters) <= set(_LETTERS):
        raise BadInput(
            f"“{text[:40]}” is not a number that was given out.",
            where="reference",
            hint=f"It has {groups * _GROUP} letters and digits, like {'-'.join(['7K3Q', '9XMA', '2D5T'][:groups])}.",
        )
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def urn(type: str, slug: str, local: str) -> str:
    """Id of the entity of that type and local name in the city `slug`."""
    return f"urn:ngsi-ld:{type}:{slug}:{local}"
