"""Numbers by which people follow what they handed in: short, random, and hard to mistake when read aloud."""

from __future__ import annotations

import re
import secrets

from noren.errors import BadInput

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U."""
_LENGTH = 8
_MISTAKEN = str.maketrans("ILOilo", "110110")


def reference() -> str:
    """A new number, like 7K3Q-9XMA: forty random bits, so that nobody finds another one's by trying."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return f"{letters[:4]}-{letters[4:]}"


def read(text: str) -> str:
    """The number as it was given out, however it was typed; raises `BadInput` for what is none.

    >>> read(" 7k3q 9xma")
    '7K3Q-9XMA'
    """
    letters = re.sub(r"[\s\-–ー−]", "", text).translate(_MISTAKEN).upper()
    if len(letters) != _LENGTH or not set(letters) <= set(_LETTERS):
        raise BadInput(
            f"“{text[:40]}” is not a number that was given out.",
            where="reference",
            hint="It has eight letters and digits, like 7K3Q-9XMA.",
        )
    return f"{letters[:4]}-{letters[4:]}"


def urn(type: str, slug: str, local: str) -> str:
    """Id of the entity of that type and local name in the city `slug`."""
    return f"urn:ngsi-ld:{type}:{slug}:{local}"
