"""Records with witnesses, receipts that others read, and what happens when the witnesses are gone."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from noren.errors import BadInput, NotFound, Unavailable, Unproven
from noren.net.http import Answer
from noren.trust.ledger import Ledger, Note, Policy, Receipt, Signer, Witness, anchored, beside, entry_of
from noren.trust.ledger.note import made, signature
from noren.trust.ledger.status import glance
from noren.trust.ledger.witness import Request
from tests.trust.ledger import second
from tests.trust.ledger.conftest import ORIGIN, Post, witness_key

NAMES = ("a", "b", "c")


class Town:
    """A ledger with three witnesses, two of which make the quorum."""

    def __init__(self, folder: Path) -> None:
        self.signer, self.post = Signer(ORIGIN, bytes(range(32))), Post()
        lines = [f"log {self.signer.verifier}"]
        self.now = time.time()
        for name in NAMES:
            key = witness_key(name)
            self.post.doors[f"https://{name}.example"] = Witness(
                key, [self.signer.verifier], folder / f"{name}.db", self.clock
            )
            lines.append(f"witness {name} {key.verifier} https://{name}.example/")
        lines += ["group two 2 a b c", "quorum two", ""]
        self.policy = Policy.parse("\n".join(lines).encode())
        self.folder = folder / "ledger"

    def clock(self) -> float:
        return self.now

    def open(self) -> Ledger:
        return Ledger(self.folder, self.signer, policy=self.policy, http=self.post, every=0.0, clock=self.clock)

    def take_away(self, *names: str, answer: Callable[[bytes], Answer] | None = None) -> dict[str, object]:
        doors = {f"https://{name}.example": self.post.doors[f"https://{name}.example"] for name in names}
        for url in doors:
            self.post.doors[url] = answer or (lambda body: Answer(503, "", {}, b""))
        return dict(doors)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


async def test_a_record_is_durable_and_its_receipt_holds(town: Town) -> None:
    async with town.open() as ledger:
        receipt = await ledger.record(b"one use of data", witnessed=True)
        later = await ledger.record(b"another", witnessed=True)
        assert await ledger.record(b"another", once=True, witnessed=True) == later
    for each, entry in ((receipt, b"one use of data"), (later, b"another")):
        again = Receipt.parse(bytes(each))
        assert again == each
        accepted = again.verify(entry, town.policy)
        assert len(accepted.times) >= 2
        with pytest.raises(Unproven):
            again.verify(entry + b"!", town.policy)
    with pytest.raises(Unproven):
        msgspec.structs.replace(later, index=0).verify(b"another", town.policy)


async def test_a_second_reader_agrees(town: Town) -> None:
    entries = [f"entry {number}".encode() for number in range(300)]
    async with town.open() as ledger:
        await ledger.log.append_all(entries)
        receipts = [await ledger.receipt(index, witnessed=True) for index in (0, 299)]
    log = str(town.signer.verifier)
    for each in receipts:
        names = each.verify(entries[each.index], town.policy).times
        keys = [str(town.policy.witnesses[name].key) for name in names]
        assert second.read(bytes(each), entries[each.index], log, keys)
        assert not second.read(bytes(each), entries[each.index - 1], log, keys)


async def test_a_receipt_changed_anywhere_does_not_hold(town: Town) -> None:
    async with town.open() as ledger:
        for number in range(5):
            receipt = await ledger.record(f"{number}".encode(), witnessed=True)
    raw = bytes(receipt)
    for at in range(len(raw)):
        for changed in (raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :], raw[:at]):
            try:
                found = Receipt.parse(changed)
                found.verify(b"4", town.policy)
            except (BadInput, Unproven):
                continue
            # One witness more than needed: without it, or with one of an unknown name, the receipt still holds.
            assert len(town.policy.cosigned(found.note)) == 2
            assert found.checkpoint == receipt.checkpoint


async def test_without_witnesses_a_record_still_has_the_logs_word(tmp_path: Path, signer: Signer) -> None:
    async with Ledger(tmp_path / "ledger", signer) as ledger:
        receipt = await ledger.record(b"entry", extra=b"more")
        assert ledger.lapse() == 0
        ledger.require_quorum(0)
        assert await ledger.refresh() is None
        assert await ledger.receipt(0, witnessed=True) == msgspec.structs.replace(receipt, extra=b"")
        assert ledger.find(b"entry") == 0
        with pytest.raises(NotFound):
            ledger.find(b"other")
    policy = Policy.parse(b"quorum none\n")
    assert receipt.verify(b"entry", policy, signer.verifier).checkpoint.size == 1


async def test_cosignatures_follow_by_themselves(town: Town) -> None:
    async with town.open() as ledger:
        first = await ledger.record(b"one")
        assert town.policy.cosigned(first.note) == {}
        await asyncio.gather(*(ledger.record(b"more %d" % number) for number in range(20)))
        while ledger.status().cosigned < 21:
            await asyncio.sleep(0.01)
        town.policy.accept(Note.parse((town.folder / "checkpoint").read_bytes()))
        assert len((await ledger.receipt(0)).verify(b"one", town.policy).times) >= 2


async def test_one_witness_may_be_dead_slow_or_lying(town: Town) -> None:
    async def never(method: str, url: str, *, body: bytes | None = None) -> Answer:
        if url.startswith("https://c"):
            await asyncio.sleep(3600)
        return await send(method, url, body=body)

    def old(body: bytes) -> Answer:
        note = Request.parse(body).note
        return Answer(200, "", {}, made(note.text, witness_key("c"), 1).line().encode())

    def other(body: bytes) -> Answer:
        note = Request.parse(body).note
        return Answer(200, "", {}, made(note.text, Signer.new("c.example/witness", 4), int(town.now)).line().encode())

    def forged(body: bytes) -> Answer:
        line = made("other\n", witness_key("c"), int(town.now)).line()
        return Answer(200, "", {}, line.encode())

    def ahead(body: bytes) -> Answer:
        return Answer(409, "", {"content-type": "text/x.tlog.size"}, b"1000000\n")

    def endless(body: bytes) -> Answer:
        size = 1 if Request.parse(body).old == 0 else 0
        return Answer(409, "", {"content-type": "text/x.tlog.size"}, b"%d\n" % size)

    lies = [
        old,
        other,
        forged,
        ahead,
        endless,
        lambda _: Answer(200, "", {}, b"\xff"),
        lambda _: Answer(302, "", {}, b""),
    ]
    async with town.open() as ledger:
        for number, lie in enumerate(lies):
            kept = town.take_away("c", answer=lie)
            receipt = await ledger.record(f"{number}".encode(), witnessed=True)
            assert set(receipt.verify(f"{number}".encode(), town.policy).times) == {"a", "b"}
            seen = glance(town.folder, town.signer.verifier, town.policy, town.now)
            assert seen.missing == ledger.status().missing and set(seen.missing) == {"c"}
            town.post.doors |= kept  # type: ignore[arg-type]
        send, town.post.send = town.post.send, never  # type: ignore[method-assign]
        receipt = await ledger.record(b"last", witnessed=True)
        assert set(receipt.verify(b"last", town.policy).times) == {"a", "b"}


async def test_a_lapse_is_measured_and_stops_release(town: Town) -> None:
    async with town.open() as ledger:
        assert ledger.lapse() == math.inf
        with pytest.raises(Unavailable, match="never cosigned"):
            ledger.require_quorum(3600)
        await ledger.record(b"one", witnessed=True)
        ledger.require_quorum(60)
        kept = town.take_away("a", "b")
        town.now += 600
        with pytest.raises(Unavailable, match="did not cosign"):
            await ledger.record(b"two", witnessed=True, seconds=0.5)
        assert ledger.lapse() == pytest.approx(600, abs=1)
        with pytest.raises(Unavailable, match=r"10\.0 minutes ago"):
            ledger.require_quorum(300)
        town.post.doors |= kept  # type: ignore[arg-type]
        found = await ledger.refresh()
        assert found is not None and found.quorum
        ledger.require_quorum(1)
        assert await ledger.record(b"two", once=True, witnessed=True)
    town.now += 50
    async with town.open() as ledger:
        assert ledger.lapse() == pytest.approx(50, abs=1)
        town.now -= 500
        assert ledger.lapse() == math.inf, "a clock that was moved back must not make the quorum look fresh"


async def test_while_it_runs_a_clock_moved_back_a_little_does_not_help(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town.open() as ledger:
        await ledger.record(b"one", witnessed=True)
        running = time.monotonic() + 900
        monkeypatch.setattr("noren.trust.ledger.ledger.time.monotonic", lambda: running)
        town.now -= 30
        assert ledger.lapse() > 800


async def test_a_witness_stops_a_log_that_was_put_back(town: Town) -> None:
    """Journal, tiles and even what was remembered apart are replaced: only the witnesses know."""
    async with town.open() as ledger:
        for number in range(5):
            await ledger.record(f"{number}".encode(), witnessed=True)
    town.folder = town.folder.with_name("another-past")
    async with town.open() as ledger:
        await ledger.record(b"rewritten")
        with pytest.raises(Unavailable, match="saw 5 entries"):
            await ledger.record(b"rewritten too", witnessed=True, seconds=0.5)
        await ledger.log.append_all([b"x"] * 10)
        with pytest.raises(Unavailable, match="refuses \\(422\\)"):
            await ledger.receipt(0, witnessed=True, seconds=0.5)


async def test_a_document_is_anchored_and_proved(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "契約.pdf"
    file.write_bytes(b"%PDF the contract")
    async with town.open() as ledger:
        receipt = (await anchored(ledger, file, 30)).proof
        other = (await anchored(ledger, file, 30)).proof
        assert receipt.index != other.index, "a fresh salt each time"
        beside(file).write_bytes(bytes(receipt))
        assert (await anchored(ledger, file, 30)).proof.index == receipt.index, "nothing is recorded twice"
    entry = entry_of(receipt, file)
    assert b"contract" not in entry
    receipt.verify(entry, town.policy)
    file.write_bytes(b"%PDF the contract!")
    with pytest.raises(Unproven):
        receipt.verify(entry_of(receipt, file), town.policy)
    with pytest.raises(BadInput):
        entry_of(msgspec.structs.replace(receipt, extra=receipt.extra[:-1]), file)
    with pytest.raises(BadInput):
        entry_of(receipt, tmp_path / "none")
    assert beside(file).name == "契約.pdf.tlog-proof"


@pytest.mark.parametrize("raw", [b"", b"c2sp.org/tlog-proof@v1\n", b"c2sp.org/tlog-proof@v2\nindex 0\n\na\n", b"\xff"])
def test_what_is_no_receipt(raw: bytes) -> None:
    with pytest.raises(BadInput):
        Receipt.parse(raw)


async def test_receipts_written_otherwise_are_refused(town: Town) -> None:
    async with town.open() as ledger:
        await ledger.record(b"1")
        raw = bytes(await ledger.record(b"2", extra=b"x"))
    for old, new in (
        (b"index 1", b"index 01"),
        (b"index 1", b"index -1"),
        (b"index 1\n", b""),
        (b"extra ", b"Extra "),
        (b"extra eA==\n", b"extra \n"),
        (b"extra eA==\n", b"extra eA=\n"),
        (b"@v1\n", b"@v1\r\n"),
        (b"@v1\n", b"@v1\n\n"),
    ):
        assert old in raw
        with pytest.raises(BadInput):
            Receipt.parse(raw.replace(old, new, 1))
    assert Receipt.parse(raw.replace(b"extra eA==\n", b"")).extra == b""


def test_lines_of_signatures_are_read_back() -> None:
    line = made("text\n", witness_key("a"), 5).line()
    assert signature(line.removesuffix("\n")).line() == line
