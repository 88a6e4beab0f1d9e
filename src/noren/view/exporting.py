"""Everything about one person as one archive that needs no program of ours: JSON-LD, CSV, plain text, and proofs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec

from noren.errors import NotFound
from noren.messages import say
from noren.terms import context
from noren.trust import Entered, consent
from noren.trust.consent.emergency import Access
from noren.trust.consent.points import Movement
from noren.trust.consent.standing import Standing
from noren.trust.ledger.proof import SUFFIX
from noren.view.desk import Desk
from noren.view.used import Used

if TYPE_CHECKING:
    from noren.view.allowing import Allowed
    from noren.view.mine import Held, Mine

ADDRESS = "/mine"
_MOMENTS = {"at", "since", "until", "ended", "review_by", "reviewed"}


async def receipt(desk: Desk, allowed: Allowed, lines: Iterable[Entered]) -> dict[str, Any]:
    """The receipt of a consent (ISO/IEC TS 27560), with the ledger's proof of what happened to it last."""
    of_it = (line for line in lines if line.kind.startswith("consent-") and line.facts.get("grant") == allowed.id)
    line = next(of_it, None)
    proof = bytes(await desk.book.receipt(line)).decode() if line else ""
    return consent.receipt(allowed.record, desk.organisation, desk.grants.now(), address=ADDRESS, proof=proof)


async def archive(mine: Mine, desk: Desk, to: BinaryIO, lines: Sequence[Entered]) -> None:
    """Write the archive (zip) of one person to `to`."""
    held = await mine.held()
    with ZipFile(to, "w", ZIP_DEFLATED) as made:
        for language in desk.home(mine.person).languages:
            made.writestr(f"README.{language}.txt", _readme(desk, language, lines))
        made.writestr("context.jsonld", _json(context.document()))
        made.writestr("entities.jsonld", _json([_linked(each) for each in held]))
        for name, table in _tables(held).items():
            made.writestr(f"entities/{name}.csv", table)
        for allowed in mine.grants():
            made.writestr(f"consents/{allowed.id.rpartition(':')[2]}.jsonld", _json(await mine.receipt(allowed.id)))
        made.writestr("uses.csv", _table(Used, mine.uses()))
        made.writestr("ledger.policy", desk.office.ledger_policy())
        await _prove(desk, made, lines)
        made.writestr("points.csv", _table(Movement, mine.points().movements))
        made.writestr("who-acts.csv", _table(Standing, mine.helpers()))
        made.writestr("emergencies.csv", _table(Access, mine.emergencies()))
        for language in desk.home(mine.person).languages:
            told = [f"{_date(each.at)} {each.text(language)}" for each in mine.messages()]
            made.writestr(f"messages.{language}.txt", "\n".join(told) + "\n")


def _readme(desk: Desk, language: str, lines: Sequence[Entered]) -> str:
    """What lies in the archive, with a receipt that is there as the example."""
    home, example = desk.home(""), lines[0].num if lines else 1
    return say(language, "mine.readme", city=home.called(language), at=_date(desk.grants.now()), example=example)


async def _prove(desk: Desk, made: ZipFile, lines: Sequence[Entered]) -> None:
    for line in lines:
        try:
            proof = bytes(await desk.book.receipt(line))
        except NotFound:  # it never reached the ledger, and nothing left
            continue
        made.writestr(f"ledger/{line.num}.json", line.document)
        made.writestr(f"ledger/{line.num}.json{SUFFIX}", proof)


def _linked(held: Held) -> dict[str, Any]:
    return {"@context": "context.jsonld"} | held.entity | {"heldBy": held.organisation}


def _tables(held: Sequence[Held]) -> dict[str, str]:
    by_type: dict[str, list[dict[str, Any]]] = {}
    for each in held:
        kind = each.entity["type"]
        name = kind if isinstance(kind, str) else "+".join(kind)
        by_type.setdefault(name, []).append({"heldBy": each.organisation} | each.entity)
    return {name: _rows(rows) for name, rows in sorted(by_type.items())}


def _table(kind: type[msgspec.Struct], found: Iterable[msgspec.Struct]) -> str:
    """A table of structs, with its heading also when there are none; moments (epoch seconds) as dates."""
    rows = [msgspec.structs.asdict(each) for each in found]
    for row in rows:
        row |= {name: _moment(row[name]) if row[name] else "" for name in _MOMENTS & row.keys()}
    return _rows(rows, kind.__struct_fields__)


def _rows(rows: Sequence[dict[str, Any]], columns: Sequence[str] = ()) -> str:
    """A table with a column for each key; what is no plain value is written as JSON."""
    columns = columns or list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, frozenset):
        value = sorted(value)
    if isinstance(value, dict | list | tuple):
        return msgspec.json.encode(value).decode()
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not isinstance(value, int | float) else text


def _json(found: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(found), indent=1)


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def _date(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
