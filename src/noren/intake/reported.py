"""Lists of what residents reported, as cities export them: Open311, 311, SeeClickFix, FixMyStreet, a town's own.

They become `Report`s like those that come in on the page. What people wrote, and their pictures, wait until somebody or
something has looked at them (`heldText`, `heldMedia`); into issues they are folded above (`noren.civic.batches`).
"""

from __future__ import annotations

from collections.abc import Mapping as Named

from noren.intake.looks import Look
from noren.intake.mapping import PERSONAL, Column, Mapping
from noren.intake.text import plain
from noren.intake.words import occurs, report_words, role_words

TYPE = "Report"
_ATTRIBUTES = {
    "reference": "reference",
    "text": "heldText",
    "category": "category",
    "requested": "requestedAt",
    "updated": "updatedAt",
    "status": "status",
    "notes": "statusNotes",
    "agency": "department",
    "address": "address",
    "media": "heldMedia",
}
_TITLES = ("service requests", "service request", "311", "seeclickfix", "fixmystreet", "通報", "市民の声", "要望")


def is_reported(name: str, title: str, looks: Named[str, Look]) -> bool:
    """Whether a table is a list of reports: it says when, what and how it stands, in the words of such lists."""
    found = _parts(looks)
    told = {"requested", "status"} <= found.keys() and bool({"text", "category"} & found.keys())
    sure = set(report_words("sure"))
    about = f"{plain(name)} {plain(title)}"
    titled = any(occurs(plain(word), about) for word in _TITLES)
    return told and (titled or any(each.heading in sure for each in looks.values()))


def columns(mapping: Mapping, looks: Named[str, Look]) -> None:
    """Give a mapping of reports its columns; what the list tells besides is left out, as it may speak of people."""
    mapping.type, mapping.time, mapping.time_format = TYPE, [], ""
    mapping.fixed = {"channel": "file", "listState": "waiting"}
    mapping.columns = {name: c for name, c in mapping.columns.items() if c.attribute == PERSONAL}
    for part, name in _parts(looks, empty=True).items():
        mapping.columns[name] = _column(part, looks[name])
        if part == "reference":
            mapping.id_columns, mapping.numbered = [name], looks[name].numeric
    mapping.kind = "places" if mapping.has_place else "rows"


def _parts(looks: Named[str, Look], empty: bool = False) -> dict[str, str]:
    """Name of the column by part, each column once; of several the one whose heading is the plainest, filled ones
    before those that hold nothing yet, which count only when asked for (a later copy of the list may fill them)."""
    found: dict[str, str] = {}
    for filled in (True, False) if empty else (True,):
        by_heading = {each.heading: each for each in reversed(list(looks.values())) if bool(each.filled) == filled}
        for part in [part for part in _ATTRIBUTES if part not in found]:
            fits = (by_heading[word] for word in report_words(part) if word in by_heading)
            best = next((each for each in fits if each.name not in found.values() and _fits(part, each)), None)
            if best is not None:
                found[part] = best.name
    return found


def _fits(part: str, look: Look) -> bool:
    if part == "reference":
        return look.key
    if part in ("requested", "updated"):
        return bool(look.form) or not look.filled
    return role_words().get(look.heading) != "personal"


def _column(part: str, look: Look) -> Column:
    match part:
        case "requested" | "updated":
            return Column(_ATTRIBUTES[part], kind="time", format=look.form or "")
        case "status":
            return Column("status", kind="state")
        case _:
            return Column(_ATTRIBUTES[part])
