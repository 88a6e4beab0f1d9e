"""`noren witness`: cosign the checkpoints of other people's ledgers."""

from __future__ import annotations

from pathlib import Path

from noren.cli.words import tell
from noren.errors import BadInput
from noren.run import up as room
from noren.run import witness as work
from noren.trust.ledger import COSIGNATURE, Policy, Signer, Witness


def witness(
    *,
    key: Path,
    policy: Path,
    listen: str = "127.0.0.1:8090",
    name: str = "",
    state: Path | None = None,
) -> None:
    """Witness ledgers: cosign what continues what was seen before, refuse what does not. Ctrl-C stops it.

    Parameters
    ----------
    key
        File with the witness's private key; made when it is not there and a name is given. Keep a backup of it.
    policy
        File whose lines “log KEY” name the ledgers to cosign for (the form of `noren ledger policy`).
    listen
        Address and port to listen on. The default is this machine alone.
    name
        Name of a new key, like people.example/witness.
    state
        File with what was seen; beside the key when left out. Never put an old copy back.
    """
    logs = [known.key for known in Policy.read(policy).logs]
    if not logs:
        raise BadInput("The policy names no ledger.", where=str(policy), hint="Add a line: log KEY")
    opened = Witness(Signer.keep(key, name, COSIGNATURE), logs, state or key.with_name(key.name + ".seen"))
    try:
        room.enter(work.serve(opened, listen, lambda url: _say(opened, url)))
    finally:
        opened.close()


def _say(opened: Witness, url: str) -> None:
    print(tell("ledger.witness.open", name=opened.signer.verifier.name, url=url))
    print(tell("ledger.witness.line", vkey=opened.signer.verifier, url=url))
    print(tell("ledger.witness.logs", names=", ".join(opened.logs)), flush=True)
