"""`noren ledger`: how a city's ledger does, whether its files are whole, and whether it tells everybody the same."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter
from rich.console import Console

from noren.city import City
from noren.cli.words import tell
from noren.errors import Unavailable
from noren.net.guard import Guard
from noren.net.http import Http
from noren.trust.ledger import (
    Checkpoint,
    Evidence,
    Finding,
    Monitor,
    Note,
    Policy,
    Receipt,
    Status,
    Verifier,
    commitment,
    mutual,
)
from noren.trust.ledger import monitor as sources
from noren.trust.ledger.proof import SUFFIX
from noren.trust.ledger.status import check as look_closely
from noren.trust.ledger.status import glance

Json = Annotated[bool, Parameter(name="--json")]
_PATIENCE = 5.0
console = Console()
ledger = App(name="ledger", help="Look after a city's ledger, or watch another's.")


@ledger.command
def status(*, city: Path = Path(), as_json: Json = False) -> None:
    """Say how many entries there are, how many are signed and cosigned, and since when witnesses are missing.

    Parameters
    ----------
    city
        Folder of the city.
    as_json
        Report as JSON, for scripts.
    """
    opened = City.open(city)
    found = glance(opened.ledger_folder, opened.ledger_key.verifier, opened.ledger_policy, time.time())
    limit = opened.config.ledger.lapse_minutes
    lapsed = found.lapse is None or found.lapse > limit * 60
    if as_json:
        print(msgspec.json.encode({**msgspec.structs.asdict(found), "lapsed": lapsed}).decode())
        return
    _show(found)
    if lapsed:
        console.print(tell("ledger.status.lapsed", limit=f"{limit:g}"), style="red", soft_wrap=True)


def _show(found: Status) -> None:
    counts = {"origin": found.origin, "entries": found.entries, "signed": found.signed, "cosigned": found.cosigned}
    console.print(tell("ledger.status.counts", **counts), soft_wrap=True)
    console.print(tell("ledger.status.key", vkey=found.key), soft_wrap=True)
    if found.lapse is None:
        console.print(tell("ledger.status.never"), soft_wrap=True)
    elif found.cosigned:
        console.print(tell("ledger.status.since", minutes=f"{found.lapse / 60:.1f}"), soft_wrap=True)
    for name, why in found.missing.items():
        console.print(tell("ledger.status.missing", name=name, why=why), soft_wrap=True, markup=False)


@ledger.command
def check(*, city: Path = Path(), repair: bool = False, as_json: Json = False) -> None:
    """Work out the whole ledger again from its journal and compare it with what was signed. Ends with 1 when it is not.

    Parameters
    ----------
    city
        Folder of the city.
    repair
        Make files that differ again from the journal; not while the ledger is in use.
    as_json
        Report as JSON, for scripts.
    """
    opened = City.open(city)
    signed, wrong = look_closely(opened.ledger_folder, opened.ledger_key.verifier)
    if wrong and repair:
        asyncio.run(_repair(opened))
    if as_json:
        report = {"entries": signed.size, "wrong": [tile.path for tile in wrong], "repaired": bool(wrong) and repair}
        print(msgspec.json.encode(report).decode())
    else:
        for tile in wrong:
            console.print(tell("ledger.check.wrong", path=tile.path), style="red")
        key = "ledger.check.whole" if not wrong else "ledger.check.repaired" if repair else "ledger.check.repair"
        console.print(tell(key, entries=signed.size), soft_wrap=True)
    if wrong and not repair:
        sys.exit(1)


async def _repair(city: City) -> None:
    async with city:
        city.ledger.log.faults(repair=True)


@ledger.command
def policy(*, city: Path = Path()) -> None:
    """Print what receipts of this city are checked by: its key, its witnesses, their quorum. Hand it to residents.

    Parameters
    ----------
    city
        Folder of the city.
    """
    sys.stdout.write(City.open(city).ledger_policy_text().decode("utf-8", "surrogateescape"))


@ledger.command
def watch(
    *source: str, key: str, memory: Path, evidence: Path = Path(), allow: list[str] | None = None, as_json: Json = False
) -> None:
    """Read a ledger from several places and find out whether it tells everybody the same. Ends with 1 when it does not.

    Call it now and then, say every hour. What proves that the ledger lied is kept as a file.

    Parameters
    ----------
    source
        Where the ledger can be read: addresses like https://city.example/ledger, or folders.
    key
        The ledger's key, as its policy names it after “log”.
    memory
        File in which to remember what was seen.
    evidence
        Folder for evidence.
    allow
        Inner hosts and networks that may be reached; the internet always may.
    as_json
        Report as JSON, for scripts.
    """
    log = Verifier.parse(key)
    findings = asyncio.run(_watch(Monitor(log, memory), source, allow or []))
    told = [_kept(finding, evidence) for finding in findings]
    if as_json:
        print(msgspec.json.encode(told).decode())
    for each in [] if as_json else told:
        console.print(f"{each['source']}: {each['words']}", style="red", soft_wrap=True, markup=False)
        if each["evidence"]:
            console.print(tell("ledger.watch.evidence", file=each["evidence"]), soft_wrap=True)
    if findings:
        sys.exit(1)
    if not as_json:
        console.print(tell("ledger.watch.fine", origin=log.name, count=len(source)), soft_wrap=True)


async def _watch(monitor: Monitor, names: tuple[str, ...], allow: list[str]) -> list[Finding]:
    async with Http(Guard(allow)) as http:
        places = [sources.address(name, http) if "://" in name else sources.folder(Path(name)) for name in names]
        return await monitor.look(places)


@ledger.command
def request(file: Path, /, *, of: str, city: Path = Path()) -> None:
    """Ask another ledger in public to record a document: the request is recorded in this city's own ledger.

    Use it when the other ledger neither records nor refuses. Its receipt is put beside the document as
    NAME.request.tlog-proof, and its own witness signature there shows that it has seen the request.

    Parameters
    ----------
    file
        The document; the salt of the attempt that was not answered lies beside it.
    of
        Name of the other ledger, as its policy says it after “log”.
    city
        Folder of the city or stakeholder whose own ledger shall hold the request.
    """
    kept = asyncio.run(_request(file, of, city))
    console.print(tell("ledger.request.done", of=of, receipt=kept), soft_wrap=True)


async def _request(file: Path, of: str, folder: Path) -> str:
    proof, entry = file.with_name(f"{file.name}.request{SUFFIX}"), commitment(file, keep=True)[0]
    async with City.open(folder) as city:
        held = await city.ledger.record(mutual.request(of, entry), once=True)
        with suppress(Unavailable):
            held = await city.ledger.receipt(held.index, witnessed=True, seconds=_PATIENCE)
    proof.write_bytes(bytes(held))
    return str(proof)


@ledger.command
def refusal(file: Path, /, *, key: str) -> None:
    """Check a refusal that a ledger signed, with no server.

    Parameters
    ----------
    file
        The refusal, as the ledger answered it.
    key
        The ledger's key, as its policy names it after “log”.
    """
    found = mutual.refusal(file.read_bytes(), Verifier.parse(key))
    when = datetime.fromtimestamp(found.time, UTC).isoformat()
    console.print(tell("ledger.refusal", origin=found.origin, when=when, reason=found.reason), soft_wrap=True)


@ledger.command
def overdue(
    file: Path,
    /,
    *,
    elsewhere: Path,
    silent: str,
    source: str,
    policy: Path,
    allow: list[str] | None = None,
) -> None:
    """Prove that a ledger left a public request unanswered for longer than seven days. Ends with an error when not.

    Parameters
    ----------
    file
        The document; the receipt of the request lies beside it (see `noren ledger request`).
    elsewhere
        Policy of the ledger that holds the request.
    silent
        The silent ledger's own witness, as that policy names it.
    source
        Where the silent ledger can be read: an address like https://city.example/ledger, or a folder.
    policy
        Policy of the silent ledger.
    allow
        Inner hosts and networks that may be reached; the internet always may.
    """
    late = asyncio.run(_overdue(file, elsewhere, silent, source, policy, allow or []))
    console.print(tell("ledger.overdue", hours=f"{late / 3600:.1f}", source=source), style="red", soft_wrap=True)


async def _overdue(file: Path, elsewhere: Path, silent: str, source: str, policy: Path, allow: list[str]) -> int:
    held = Receipt.parse(file.with_name(f"{file.name}.request{SUFFIX}").read_bytes())
    there, here = (Policy.parse(each.read_bytes(), str(each)) for each in (elsewhere, policy))
    async with Http(Guard(allow)) as http:
        read = (sources.address(source, http) if "://" in source else sources.folder(Path(source))).read
        later = Note.parse(await read("checkpoint"))
        found = await sources.leaves(read, Checkpoint.parse(later.text).size)
    return mutual.overdue(commitment(file)[0], held, there, silent, later, here, found)


def _kept(finding: Finding, folder: Path) -> dict[str, Any]:
    file = str(finding.evidence.save(folder)) if finding.evidence else ""
    words = tell(f"ledger.found.{finding.kind}", detail=finding.detail)
    return {"source": finding.source, "kind": finding.kind, "words": words, "evidence": file}


@ledger.command
def evidence(file: Path, /, *, key: str = "", as_json: Json = False) -> None:
    """Check a file of evidence that a ledger lied, with no server. Ends with 1 when it shows nothing.

    Parameters
    ----------
    file
        The evidence, as `noren ledger watch` keeps it.
    key
        The ledger's key, so that it is surely about that ledger.
    as_json
        Report as JSON, for scripts.
    """
    found = Evidence.read(file)
    found.check(Verifier.parse(key) if key else None)
    if as_json:
        print(msgspec.json.encode({"kind": found.kind, "proves": found.proves, "key": found.log}).decode())
        return
    console.print(tell(f"ledger.evidence.{found.kind}", vkey=found.log), soft_wrap=True)
