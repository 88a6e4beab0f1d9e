"""Names: of files without their dates, of things in ids, of attributes that no table knows."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from noren.intake.text import plain
from noren.terms import COMMON

_DATES = re.compile(r"(?<!\d)(19|20)\d{2}([-_]?(0[1-9]|1[0-2]))?([-_]?[0-3]\d)?(?=\D|$)")
_PACE = re.compile(r"(?<![a-z0-9])(\d+)?\s*(min|minutes?|hourly|hours?|h|daily|days?|日別|時間別|分値)(?![a-z0-9])")
_SECONDS = {"m": 60, "h": 3600, "d": 86400, "日": 86400, "時": 3600, "分": 60}
IN_BRACKETS = re.compile(r"[(（\[]([^)）\]]*)[)）\]]")


def stem(name: str) -> str:
    """A file's name without endings, dates and intervals, so that two files of one gauge have one stem.

    >>> stem("guaiba_level_15min_2024-04-08_2024-05-06.csv.gz")
    'guaiba level'
    """
    bare = re.sub(r"(\.[A-Za-z]\w{1,8}){1,2}$", "", Path(name).name)
    bare = _DATES.sub(" ", bare)
    return plain(_PACE.sub(" ", plain(bare))) or plain(bare) or "file"


def pace_of(name: str) -> float:
    """Seconds from row to row that a file's name states ("daily", "15min"), 0 for none."""
    match = _PACE.search(plain(name))
    if not match:
        return 0.0
    return float(int(match[1] or 1) * _SECONDS[match[2][0]])


def first_day(name: str) -> str:
    """The first date in a file's name as ISO, "" for none."""
    match = re.search(r"((?:19|20)\d{2})[-_]?(0[1-9]|1[0-2])(?:[-_]?([0-3]\d))?(?=\D|$)", name)
    return f"{match[1]}-{match[2]}-{match[3] or '01'}" if match else ""


def own_name(heading: str, given: set[str]) -> str:
    """A name for a column that means nothing known, unlike those already given and those that NGSI-LD keeps."""
    name = camel(heading)
    known = COMMON.get(name)
    if name in ("id", "type", "scope") or (known is not None and known.kind in ("geometry", "relation")):
        name = f"{name}Text"
    if name in given:
        name = camel(IN_BRACKETS.sub(r" \1 ", heading))
    return next(n for n in (name, *(f"{name}{i}" for i in range(2, len(given) + 3))) if n not in given)


def camel(heading: str) -> str:
    """A heading as an attribute's name; NGSI-LD allows letters of any script.

    >>> camel("ÚLTIMA ATUALIZAÇÃO")
    'ultimaAtualizacao'
    """
    words = plain(IN_BRACKETS.sub(" ", heading)).split() or plain(heading).split() or ["value"]
    name = words[0] + "".join(word[:1].upper() + word[1:] for word in words[1:])
    return name if not name[0].isdigit() else f"column{name}"


def slug(text: str) -> str:
    """A name as the last part of an id; a name without Latin letters or digits becomes a digest.

    >>> slug("Guaíba level")
    'guaiba-level'
    """
    if re.fullmatch(r"[A-Za-z0-9._-]+", text):
        return text
    short = re.sub(r"[^a-z0-9]+", "-", plain(text)).strip("-")
    return short if (short and text.isascii()) or (short and not re.search("[^\u0000-\u024f]", text)) else digest(text)


def digest(text: str) -> str:
    """Twelve characters that stand for a text."""
    return hashlib.blake2s(text.encode(), digest_size=6).hexdigest()
