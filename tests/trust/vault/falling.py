"""Runs a piece of the vault's work again and again, and takes it down at its first step, its second, and so on.

`python -m tests.trust.vault.falling WORK kill|full`: at a step (a file written, synced, renamed, removed; an SQL
statement) the process is killed, a write half done, or the disk is full. Afterwards the vault is opened as at the next
start, and the promises of the work are checked. Prints how many steps there were; what does not hold ends it.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from noren.errors import NotFound, Unavailable
from noren.trust.consent.standing import EVERYTHING, Standings
from noren.trust.grants import Grant, Grants, grant_of
from noren.trust.vault import Passphrase, Place, Vault, backup, locks, restore

locks._HARD = 2**4
WORDS = Passphrase("a long enough passphrase")
OLD = "CREATE TABLE organisation (name TEXT PRIMARY KEY, kind TEXT NOT NULL, secret BLOB NOT NULL) STRICT;"
OLD += """CREATE TABLE subject (
    hash BLOB NOT NULL, generation INTEGER NOT NULL, organisation TEXT NOT NULL, key BLOB,
    PRIMARY KEY (hash, generation)
) STRICT, WITHOUT ROWID;"""


class Steps:
    """Counts the steps of this process; at the one that was chosen, it falls."""

    def __init__(self, chosen: int, how: str) -> None:
        self.left, self.how = chosen, how

    def begin(self) -> None:
        for name in ("write", "fsync", "replace", "unlink", "ftruncate"):
            setattr(os, name, self._watched(name, getattr(os, name)))
        if self.how == "kill":
            connect = sqlite3.connect
            sqlite3.connect = lambda *a, **k: self._traced(connect(*a, **k))  # type: ignore[assignment]

    def _watched(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if self._due():
                if name == "write":
                    real(arguments[0], arguments[1][: len(arguments[1]) // 2])
                if self.how == "kill":
                    os.kill(os.getpid(), signal.SIGKILL)
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(*arguments, **named)

        return call

    def _traced(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        def step(_: str) -> None:
            if self._due():
                os.kill(os.getpid(), signal.SIGKILL)

        connection.set_trace_callback(step)
        return connection

    def _due(self) -> bool:
        self.left -= 1
        return self.left == -1


class Town:
    """A folder with a vault, in which some people's values are sealed; `values` are those that were acknowledged."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.values = folder, dict[str, tuple[bytes, str]]()

    def open(self) -> Vault:
        return Vault(self.folder / "keys.db")

    def place(self) -> Place:
        return Place("town", self.folder / "keys.db", self.folder / "vault.key", self.folder / "erasures")

    def seal(self, vault: Vault, *people: str) -> None:
        made = {}
        for person in people:
            subject = vault.subject(person, "city", "government")
            made[person] = subject, vault.seal("city", subject, "here", person)
        vault.settle()
        self.values |= made

    def can_read(self, vault: Vault, person: str) -> bool:
        subject, sealed = self.values[person]
        try:
            assert vault.unseal(subject, "here", sealed) == person
        except NotFound:
            return False
        return True


def prepared(folder: Path, work: str) -> Town:
    town = Town(folder)
    if work == "first":
        return town
    vault = town.open()
    town.seal(vault, "a", "b", "c", "gone")
    if work == "end":
        allow(town, vault)
    if work == "restore":
        town.seal(vault, "erased")
        backup(vault, folder / "copy", WORDS, city="town")
        vault.erase(town.values["erased"][0])
    vault.erase(town.values["gone"][0])
    if work == "migrate":
        unwrap(vault, folder / "old.db")
    vault.close()
    if work == "migrate":
        for name in ("keys.db", "vault.key", "erasures"):
            (folder / name).unlink()
        (folder / "old.db").rename(folder / "keys.db")
    return town


def allow(town: Town, vault: Vault) -> None:
    """One grant that will end and one that stands, and a helper with a grant of their own."""
    with registers(town, vault) as (grants, standings):
        made = standings.appoint("a", "urn:p:helper", attributes=frozenset({"*"}), does=EVERYTHING, days=9)
        standings.agree(made.id, "urn:p:helper")
        (town.folder / "standing").write_text(made.id)
        helped = grant_of(made.id, town.values["a"][0])
        for grantee, id in (("ends", "ends"), ("stays", "stays"), ("urn:p:helper", helped)):
            now = grants.now()
            grants.give(
                Grant(
                    id=id,
                    basis="consent",
                    subject=town.values["a"][0],
                    holder="city",
                    grantee=grantee,
                    purpose="research",
                    attributes=frozenset({"*"}),
                    since=now,
                    until=now + 86_400,
                )
            )


@contextmanager
def registers(town: Town, vault: Vault) -> Iterator[tuple[Grants, Standings]]:
    grants = Grants(town.folder / "trust.db", vault)
    standings = Standings(town.folder / "trust.db", vault, "city", clock=grants.now)
    try:
        yield grants, standings
    finally:
        standings.close()
        grants.close()


def unwrap(vault: Vault, file: Path) -> None:
    """A key file as an older Noren wrote it."""
    file.touch(0o600)
    old = sqlite3.connect(file)
    old.executescript(OLD)
    for name, (kind, secret) in vault.keys.organisations().items():
        old.execute("INSERT INTO organisation VALUES (?, ?, ?)", (name, kind, secret))
    old.executemany("INSERT INTO subject VALUES (?, ?, ?, ?)", vault.keys.rows())
    old.commit()
    old.close()


def do(town: Town, work: str, said: Callable[[str], None]) -> None:
    if work == "restore":
        restore(town.folder / "copy", WORDS, town.place(), replace=True)
        said("done")
        return
    vault = town.open()
    said("opened")
    if work == "seal":
        town.seal(vault, "d", "e")
        (town.folder / "kept").write_text("\n".join(f"{p} {s.hex()} {t}" for p, (s, t) in town.values.items()))
    elif work == "erase":
        vault.erase(town.values["a"][0])
    elif work == "end":
        with registers(town, vault) as (grants, standings):
            grants.withdraw("ends")
            said("withdrawn")
            standings.end((town.folder / "standing").read_text(), "a")
            said("dismissed")
    elif work == "rotate":
        vault.rotate()
    elif work == "renew":
        vault.renew(town.values["a"][0])
    elif work == "backup":
        backup(vault, town.folder / "copy", WORDS, city="town")
    said("done")


def check(town: Town, work: str, said: list[str]) -> None:
    """What must hold at the next start, whatever happened before."""
    if (kept := town.folder / "kept").exists():
        rows = [line.split() for line in kept.read_text().splitlines()]
        town.values |= {person: (bytes.fromhex(subject), sealed) for person, subject, sealed in rows}
    for _ in range(2):
        vault = town.open()
        readable = {person for person in town.values if town.can_read(vault, person)}
        may_go = {"a"} if work == "erase" else set()
        assert not readable & {"gone", "erased"}, "an erasure was undone"
        assert readable >= town.values.keys() - may_go - {"gone", "erased"}, f"lost: {town.values.keys() - readable}"
        listed = town.values["a"][0] in {line.hash for line in vault.erasures} if work == "erase" else False
        if work == "erase" and ("done" in said or listed):
            assert "a" not in readable, "what was erased can be read"
        vault.close()
        assert not (town.folder / "vault.key.next").exists()
        assert not list(town.folder.glob("*.restored*")) or work == "restore"
    if work == "end":
        check_ended(town, said)
    if work == "backup" and "done" in said:
        restore(town.folder / "copy", WORDS, town.place(), replace=True)
        check(town, "", said)
    if work == "restore":
        restore(town.folder / "copy", WORDS, town.place(), replace=True)
        check(town, "", said)
    vault = town.open()
    town.seal(vault, "afterwards")
    assert town.can_read(vault, "afterwards")
    vault.close()


def check_ended(town: Town, said: list[str]) -> None:
    """What was acknowledged, or is in the list, has ended; the rest stands."""
    vault = town.open()
    with registers(town, vault) as (grants, standings):
        ends = vault.erasures
        id = (town.folder / "standing").read_text()
        gone = (
            "withdrawn" in said or ends.has_ended("grant:ends"),
            "dismissed" in said or ends.has_ended(f"standing:{id}"),
        )
        seen = [bool(grants.to([grantee], "research")) for grantee in ("stays", "ends", "urn:p:helper")]
        assert seen == [True, not gone[0], not gone[1]], f"{seen}, said {said}"
        (standing,) = standings.of("a")
        assert bool(standing.ended) == gone[1], "the standing is not as the list says"
    vault.close()


def fall(base: Town, work: str, chosen: int, how: str) -> bool:
    """Let one child fall at a step, and check; False when the work has fewer steps."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(base.folder, folder, dirs_exist_ok=True)
        town = Town(Path(folder))
        town.values = dict(base.values)
        read, write = os.pipe()
        if not (child := os.fork()):
            real = os.write
            steps = Steps(chosen, how)
            steps.begin()
            try:
                do(town, work, lambda word: real(write, f"{word}\n".encode()) and None)
            except Unavailable:
                real(write, b"refused\n")
            except BaseException as error:
                real(write, f"WRONG {error!r}\n".encode())
            os._exit(0 if steps.left >= 0 else 3)
        os.close(write)
        with os.fdopen(read) as pipe:
            said = pipe.read().split("\n")
        status = os.waitpid(child, 0)[1]
        assert not any(word.startswith("WRONG") for word in said), said
        assert status == 0 or os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 3, f"status {status}"
        check(town, work, said)
        return status != 0


def main(work: str, how: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        base, steps = prepared(Path(folder), work), 0
        while True:
            try:
                if not fall(base, work, steps, how):
                    break
            except BaseException:
                print(f"{work} does not hold when it falls at step {steps} ({how})", file=sys.stderr)
                raise
            steps += 1
    print(steps)


if __name__ == "__main__":
    main(*sys.argv[1:])
