"""The book of uses: in the ledger before anything leaves, provable by the person, by others not to be read."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from noren.cli import main
from noren.errors import NotFound, Unavailable
from noren.trust import Book, Grant, Grants, Line, Vault, grant_id
from noren.trust.ledger import Ledger, Policy, Signer
from noren.trust.ledger.anchor import committed

HOLDER = "Hospital"


class Office:
    """A vault, grants, a ledger and the book over them, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.signer = Signer.keep(folder / "ledger.key", "town/ledger")
        self.vault = Vault(folder / "keys.db")
        self.grants = Grants(folder / "trust.db", self.vault)
        self.ledger = Ledger(folder / "ledger", self.signer)
        self.book = Book(self.grants, self.vault, lambda: self.ledger, 60)

    def subject(self, person: str) -> bytes:
        return self.vault.subject(person, HOLDER, "health")

    def line(self, person: str, **facts: Any) -> Line:
        return Line(facts={"person": person} | facts, subject=self.subject(person), holder=HOLDER)

    async def close(self) -> None:
        await self.ledger.close()
        for each in (self.book, self.grants, self.vault):
            each.close()


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    opened = Office(tmp_path)
    yield opened
    await opened.close()


async def test_a_person_finds_their_lines_and_nobody_else_s(office: Office) -> None:
    lines = [office.line("child", what=n) for n in range(3)] + [office.line("other", what="theirs")]
    entered = await office.book.use(lines)
    assert [line.facts["what"] for line in entered] == [0, 1, 2, "theirs"]
    mine = office.book.of([office.subject("child")])
    assert [line.facts["what"] for line in mine] == [2, 1, 0], "newest first"
    assert all(line in entered and line.facts["kind"] == "use" for line in mine)
    assert [line.facts["what"] for line in office.book.of([office.subject("other")])] == ["theirs"]
    assert office.book.of([office.subject("nobody")]) == []


async def test_lines_stand_in_the_order_in_which_they_were_entered(office: Office) -> None:
    for n in range(5):
        await office.book.use([office.line("child", n=n), office.line("other", n=n)])
    found = office.book.of([office.subject("child"), office.subject("other")])
    assert [line.num for line in found] == list(range(10, 0, -1))


async def test_nothing_that_was_entered_lies_open_on_disk(office: Office) -> None:
    await office.book.use([office.line("canary-of-a-person", why="canary-of-a-use")])
    raw = b"".join(file.read_bytes() for file in office.folder.rglob("*") if file.is_file())
    assert b"canary" not in raw


async def test_two_lines_of_the_same_words_are_two_entries_that_cannot_be_compared(office: Office) -> None:
    one, two = await office.book.use([office.line("child"), office.line("child")])
    assert one.document == two.document and committed(one.salt, one.document) != committed(two.salt, two.document)


async def test_a_receipt_verifies_on_the_command_line_without_a_server(
    office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await office.book.use([office.line("child", n=n) for n in range(7)])
    line = office.book.of([office.subject("child")])[3]
    document, receipt, policy = (office.folder / name for name in ("use.json", "use.json.tlog-proof", "policy"))
    document.write_bytes(line.document)
    receipt.write_bytes(bytes(await office.book.receipt(line)))
    policy.write_text(f"log {office.signer.verifier}\nquorum none\n")

    def verify() -> int:
        monkeypatch.setattr("sys.argv", ["noren", "verify", str(receipt), "--policy", str(policy)])
        try:
            main()
        except SystemExit as end:
            return int(end.code or 0)
        return 0

    assert verify() == 0, capsys.readouterr()
    document.write_bytes(line.document.replace(b'"n":3', b'"n":4'))
    assert document.read_bytes() != line.document and verify() == 1


async def test_what_the_ledger_refused_has_no_receipt(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuses(entries: Any) -> None:
        raise Unavailable("The disk is full.")

    with monkeypatch.context() as broken:
        broken.setattr(office.ledger.log, "append_all", refuses)
        with pytest.raises(Unavailable):
            await office.book.use([office.line("child")])
    (line,) = office.book.of([office.subject("child")])
    with pytest.raises(NotFound):
        await office.book.receipt(line)
    await office.book.use([office.line("child")])
    assert (await office.book.receipt(office.book.of([office.subject("child")])[0])).checkpoint.size == 1


async def test_a_full_disk_lets_nothing_leave_and_loses_nothing(office: Office) -> None:
    await office.book.use([office.line("child", n="before")])
    pages = office.book._db.execute("PRAGMA page_count").fetchone()[0]
    office.book._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(Unavailable) as error:
        for _ in range(100):
            await office.book.use([office.line("child", n="x" * 4000)])
    assert "full" in error.value.what
    size = office.ledger.log.size
    held = office.book.of([office.subject("child")])
    assert size == len(held), "neither more nor fewer stand in the ledger"
    office.book._db.execute("PRAGMA max_page_count = 1000000")
    await office.book.use([office.line("child", n="after")])
    assert office.book.of([office.subject("child")])[0].facts["n"] == "after"


async def test_an_erasure_takes_the_words_and_leaves_the_proof(office: Office) -> None:
    await office.book.use([office.line("child"), office.line("other")])
    (line,) = office.book.of([office.subject("child")])
    receipt = await office.book.receipt(line)
    office.vault.erase(office.subject("child"))
    assert office.book.of([office.subject("child")]) == [] and len(office.book.of([office.subject("other")])) == 1
    policy = f"log {office.signer.verifier}\nquorum none\n".encode()
    assert receipt.verify(committed(line.salt, line.document), Policy.parse(policy, "policy"))


async def test_a_line_cannot_be_put_under_another_person_or_in_another_place(office: Office) -> None:
    await office.book.use([office.line("child", n=1), office.line("other", n=2)])
    with sqlite3.connect(office.folder / "trust.db") as thief:
        (content,) = thief.execute("SELECT content FROM book WHERE num = 1").fetchone()
        thief.execute("UPDATE book SET content = ? WHERE num = 2", (content,))
    thief.close()
    assert office.book.of([office.subject("other")]) == []


async def test_public_lines_are_read_by_anyone_and_proved(office: Office) -> None:
    for n in range(3):
        await office.book.note("recipient-stopped", {"recipient": f"r{n}"})
    await office.book.note("search-refused", {"purpose": "crime-prevention"})
    await office.book.note("consent-given", {"to": "School"}, office.subject("child"), HOLDER)
    stopped = office.book.public("recipient-stopped")
    assert [line.facts["recipient"] for line in stopped] == ["r2", "r1", "r0"]
    assert all(line.subject is None for line in stopped) and office.book.public("consent-given") == []
    assert (await office.book.receipt(stopped[1])).index == 1


async def test_two_readers_of_one_file_see_the_same(office: Office) -> None:
    await office.book.use([office.line("child", n=1)])
    vault = Vault(office.folder / "keys.db")
    grants = Grants(office.folder / "trust.db", vault)
    second = Book(grants, vault, lambda: office.ledger, 60)
    assert second.of([office.subject("child")]) == office.book.of([office.subject("child")])
    await office.book.use([office.line("child", n=2)])
    assert second.of([office.subject("child")]) == office.book.of([office.subject("child")])
    office.vault.erase(office.subject("child"))
    assert second.of([office.subject("child")]) == [], "an erasure by another process is seen at once"
    for each in (second, grants, vault):
        each.close()


async def test_a_use_counts_against_its_grant_once_a_request(office: Office) -> None:
    grant = office.grants.give(
        Grant(
            id=grant_id(),
            basis="consent",
            subject=office.subject("child"),
            holder=HOLDER,
            grantee="School",
            purpose="education",
            attributes=frozenset({"*"}),
            since=0.0,
            until=4e9,
            daily=1,
        )
    )
    line = Line(facts={}, subject=grant.subject, holder=HOLDER, grants=(grant,))
    await office.book.use([line, line])
    size = office.ledger.log.size
    with pytest.raises(Unavailable):
        await office.book.use([line])
    assert office.ledger.log.size == size == len(office.book.of([grant.subject])), "and nothing was entered"


async def test_nothing_is_entered_for_nothing(office: Office) -> None:
    assert await office.book.use([]) == [] and office.ledger.log.size == 0
