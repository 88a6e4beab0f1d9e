"""Names that people could take for one another.

>>> alike("Ｋａｗａｂｅ  Clinic") == alike("kawabe clinic.")
True
"""

from __future__ import annotations

import unicodedata


def alike(name: str) -> str:
    """What two names have in common that differ by width, case, accents, spaces and signs alone. Letters of different
    scripts that look alike are told apart."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    return "".join(letter for letter in plain if letter.isalnum()) or name
