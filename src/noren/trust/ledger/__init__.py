"""The ledger: a log to which entries are only ever added, and with which anybody can prove it (C2SP transparency log).

Names to know: `Ledger` (record an entry, get a receipt), `Receipt` (checked without any server), `Policy` (which logs
and witnesses are believed). `DESIGN.md` says why it is as it is.

>>> import asyncio, tempfile
>>> from pathlib import Path
>>> signer = Signer.new("city.example/ledger")
>>> async def main(folder: str) -> Receipt:
...     async with Ledger(Path(folder) / "ledger", signer) as ledger:
...         return await ledger.record(b"the bridge was inspected")
>>> with tempfile.TemporaryDirectory() as folder:
...     receipt = Receipt.parse(bytes(asyncio.run(main(folder))))
>>> policy = Policy.parse(f"log {signer.verifier}\\nquorum none\\n".encode())
>>> receipt.verify(b"the bridge was inspected", policy).checkpoint.size
1
>>> receipt.verify(b"the bridge was not inspected", policy)
Traceback (most recent call last):
noren.errors.Unproven: The proof does not lead from the entry to the root. (inclusion proof)
"""

from noren.trust.ledger.anchor import Anchored, anchored, beside, commitment, entry_of, is_commitment, kept
from noren.trust.ledger.evidence import Evidence
from noren.trust.ledger.keys import COSIGNATURE, NOTE, Signer, Verifier
from noren.trust.ledger.ledger import Ledger
from noren.trust.ledger.log import Log
from noren.trust.ledger.monitor import Finding, Monitor, Source
from noren.trust.ledger.note import Checkpoint, Note
from noren.trust.ledger.policy import Accepted, Policy
from noren.trust.ledger.proof import Receipt
from noren.trust.ledger.status import Status
from noren.trust.ledger.tiles import Tile
from noren.trust.ledger.witness import OtherSize, Witness

__all__ = [
    "COSIGNATURE",
    "NOTE",
    "Accepted",
    "Anchored",
    "Checkpoint",
    "Evidence",
    "Finding",
    "Ledger",
    "Log",
    "Monitor",
    "Note",
    "OtherSize",
    "Policy",
    "Receipt",
    "Signer",
    "Source",
    "Status",
    "Tile",
    "Verifier",
    "Witness",
    "anchored",
    "beside",
    "commitment",
    "entry_of",
    "is_commitment",
    "kept",
]
