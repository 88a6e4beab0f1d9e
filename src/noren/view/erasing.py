"""Erasing what is held about somebody: the key is destroyed, consents end, recipients must delete, the ledger notes it.

What the law obliges an organisation to keep stands in the city's file `retention.csv` (columns organisation, type, en,
ja: which law, and how long). Such entities stay under their key, everything else about the person goes, and both are
said. Without the file nothing is kept.
"""

from __future__ import annotations

import csv
from pathlib import Path

import msgspec

from noren.broker import forms
from noren.broker.requests import Operation
from noren.errors import BadInput, NotFound
from noren.store.query import Doc, Query
from noren.terms import DataClass, iri
from noren.view.allowing import Allowing, end
from noren.view.desk import Desk

FILE = "retention.csv"
_NOBODY, _MOST = -1, 100_000


class Retained(msgspec.Struct, frozen=True):
    """What an organisation must keep, and by which law, by language."""

    organisation: str
    type: str
    law: dict[str, str]


class Erased(msgspec.Struct, frozen=True):
    """What was done: organisations whose key was destroyed, what was kept and why, and how many consents ended."""

    organisations: list[str]
    kept: list[Retained]
    ended: int


async def erase(desk: Desk, person: str, allowing: Allowing, organisation: str = "") -> Erased:
    """Erase; raises `NotFound` when the organisation holds nothing about the person."""
    found = {subject: desk.vault.collector(subject)[0] for subject in desk.vault.subjects(person)}
    chosen = {subject: name for subject, name in found.items() if organisation in ("", name)}
    if not chosen:
        raise NotFound("Nothing is held about you there.", where=organisation)
    ended = sum([await _end(desk, allowing, subject) for subject in chosen])
    kept, gone = list[Retained](), list[str]()
    for subject, name in chosen.items():
        if must := await _must_keep(desk, subject, name):
            await _delete_others(desk, subject, {each.type for each in must})
            kept += must
        else:
            await _delete_others(desk, subject, set())
            desk.vault.erase(subject)
            gone.append(name)
    await desk.book.note("erased", {"organisations": gone, "kept": [each.type for each in kept], "ended": ended})
    if organisation and organisation != desk.organisation:
        desk.office.messages.tell(person, "erased", organisation=organisation)
    return Erased(gone, kept, ended)


def retention(folder: Path) -> list[Retained]:
    """What the city's file says must be kept; raises `BadInput` with the row that is wrong."""
    file = folder / FILE
    if not file.is_file():
        return []
    rows = list(csv.DictReader(file.read_text("utf-8").splitlines()))
    for number, row in enumerate(rows, 2):
        if not all(row.get(name) for name in ("organisation", "type", "en", "ja")):
            raise BadInput("A cell is empty.", where=f"{FILE}, row {number}", hint="organisation,type,en,ja")
    return [Retained(row["organisation"], row["type"], {"en": row["en"], "ja": row["ja"]}) for row in rows]


async def _end(desk: Desk, allowing: Allowing, subject: bytes) -> int:
    """End the consents about a subject that stand; how many."""
    ended = 0
    for each in desk.office.records.of(subject):
        if each.ended:
            continue
        await end(desk, desk.office.records.get(each.id), "erased", "self")
        ended += 1
    return ended


async def _must_keep(desk: Desk, subject: bytes, organisation: str) -> list[Retained]:
    laws = [each for each in retention(desk.folder) if each.organisation == organisation]
    held = {kind for doc in await _stored(desk, subject) for kind in doc["type"]}
    return [each for each in laws if iri(each.type) in held]


async def _delete_others(desk: Desk, subject: bytes, kept: set[str]) -> None:
    """Delete what stands under a subject, except entities of the types that are kept."""
    types, personal = {iri(name) for name in kept}, desk.classes.is_personal
    docs = [doc for doc in await _stored(desk, subject) if types.isdisjoint(doc["type"])]
    about = [Operation(kind="delete", id=doc["id"]) for doc in docs if any(map(personal, doc["type"]))]
    rest = [_without_personal(desk, doc) for doc in docs if not any(map(personal, doc["type"]))]
    await desk.broker.apply([*about, *rest])


def _without_personal(desk: Desk, doc: Doc) -> Operation:
    """What takes the personal values out of something public, a report for example, that itself stays."""
    of = desk.classes.of_attribute
    hidden = [name for name in doc["attrs"] if any(of(kind, name) == DataClass.PERSONAL for kind in doc["type"])]
    names = map(desk.classes.attribute_name, hidden)
    fragment = forms.parse_fragment(dict.fromkeys(names, forms.NULL), desk.contexts.get())
    subject, data_class = None, int(desk.classes.of_entity(doc["type"]))
    return Operation(kind="update", id=doc["id"], fragment=fragment, subject=subject, data_class=data_class)


async def _stored(desk: Desk, subject: bytes) -> list[Doc]:
    found = await desk.store.find(Query(max_class=_NOBODY, subject=subject, limit=_MOST))
    return found.docs
