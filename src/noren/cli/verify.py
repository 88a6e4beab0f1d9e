"""`noren verify`: does a receipt hold?"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from rich.console import Console

from noren.cli.words import tell
from noren.errors import BadInput, NorenError
from noren.trust.ledger import Accepted, Policy, Receipt, entry_of
from noren.trust.ledger.proof import SUFFIX

console = Console()


def verify(
    receipt: Path,
    /,
    *,
    entry: Path | None = None,
    policy: Path | None = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Check a receipt with no server: is this document recorded in the ledger, and who vouches for it?

    Ends with 0 when it holds and with 1 when it does not, or when nothing says whom to believe.

    Parameters
    ----------
    receipt
        The receipt, a file that ends in .tlog-proof.
    entry
        The document; the file of the receipt's name without .tlog-proof when left out.
    policy
        File that says whom to believe: the ledger's key, its witnesses and how many of them. Get it once from
        somebody you trust, as `noren ledger policy` prints it.
    as_json
        Report as JSON, for scripts.
    """
    try:
        report = _checked(receipt, entry or _beside(receipt), policy)
    except NorenError as error:
        if not as_json:
            raise
        report = {"holds": False, "why": error.what, "where": error.where, "hint": error.hint}
    if as_json:
        print(msgspec.json.encode(report).decode())
    else:
        _show(report)
    if not report["holds"]:
        sys.exit(1)


def _beside(receipt: Path) -> Path:
    if receipt.name.endswith(SUFFIX):
        return receipt.with_name(receipt.name.removesuffix(SUFFIX))
    raise BadInput("It is not said which document this is about.", hint="Name it with --entry FILE.")


def _checked(file: Path, entry: Path, policy: Path | None) -> dict[str, Any]:
    try:
        receipt = Receipt.parse(file.read_bytes())
    except OSError as error:
        raise BadInput(f"The receipt cannot be read ({error.strerror}).", where=str(file)) from error
    if policy is None:
        hint = f"Name whom to believe with --policy FILE. The receipt says that it is from {receipt.checkpoint.origin}."
        raise BadInput("Without a policy anybody could have made this receipt.", where=str(file), hint=hint)
    return _report(receipt, receipt.verify(entry_of(receipt, entry), Policy.read(policy)), entry)


def _report(receipt: Receipt, accepted: Accepted, entry: Path) -> dict[str, Any]:
    return {
        "holds": True,
        "entry": str(entry),
        "ledger": accepted.checkpoint.origin,
        "key": str(accepted.log),
        "index": receipt.index,
        "size": accepted.checkpoint.size,
        "witnesses": {name: datetime.fromtimestamp(at, UTC) for name, at in accepted.times.items()},
    }


def _show(report: dict[str, Any]) -> None:
    values = {key: report[key] for key in ("entry", "ledger", "index", "size")}
    console.print(tell("ledger.verify.holds", **values), style="green", soft_wrap=True)
    for name, at in report["witnesses"].items():
        console.print(tell("ledger.verify.witness", name=name, at=f"{at:%Y-%m-%d %H:%M} UTC"), soft_wrap=True)
    if not report["witnesses"]:
        console.print(tell("ledger.verify.alone"), soft_wrap=True)
