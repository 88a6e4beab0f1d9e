"""Entries stay, tiles follow, and a log that lost something does not go on."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from noren.errors import BadInput, Conflict, NorenError, NotFound, TooLarge, Unavailable
from noren.trust.ledger import Checkpoint, Log, Signer, merkle
from noren.trust.ledger.journal import Journal
from noren.trust.ledger.log import _Job
from noren.trust.ledger.note import opened
from noren.trust.ledger.shelf import Shelf
from noren.trust.ledger.tiles import ENTRIES, Edge, tiles_of, unbundle
from tests.trust.ledger.conftest import ORIGIN

SEED = bytes(range(32))
WRITER = """
import asyncio, sys
from pathlib import Path
from noren.trust.ledger import Log, Signer

async def load(caller, log):
    for n in range(1_000_000):
        entries = [f"{caller} {n} {k}".encode() for k in range(7)]
        first = (await log.append_all(entries))[0]
        print(caller, n, first, log.checkpoint.size, flush=True)

async def main():
    log = Log(Path(sys.argv[1]), Signer("city.example/ledger", bytes(range(32))), every=0.01)
    await asyncio.gather(*(load(caller, log) for caller in range(8)))

asyncio.run(main())
"""


def again(log: Log) -> Log:
    return Log(log.folder, Signer(ORIGIN, SEED), every=0.0)


def published(folder: Path) -> Checkpoint:
    return opened((folder / "checkpoint").read_bytes(), Signer(ORIGIN, SEED).verifier)[0]


def whole(folder: Path, entries: list[bytes] | None = None) -> list[bytes]:
    """What anybody reads from the files alone leads to the signed root; every tile of that size is there."""
    checkpoint, shelf, edge, found = published(folder), Shelf(folder), Edge(), []
    for tile in tiles_of(checkpoint.size):
        raw = shelf.read(tile)
        if tile.level == ENTRIES:
            found += unbundle(raw)
    made = {}
    for entry in found:
        made |= dict(edge.add(merkle.leaf(entry)))
    made |= dict(edge.partials())
    assert edge.root() == checkpoint.root
    assert all(shelf.read(tile) == content for tile, content in made.items())
    if entries is not None:
        assert found == entries
    return found


def numbered(begin: int, end: int) -> list[bytes]:
    return [str(number).encode() for number in range(begin, end)]


async def test_entries_are_numbered_and_covered(log: Log) -> None:
    assert published(log.folder).size == 0
    assert published(log.folder).root == merkle.EMPTY
    assert await log.append(b"first") == 0
    assert await log.append_all([b"second", b"", b"second"]) == [1, 2, 3]
    note = await log.covered(4)
    tree = Checkpoint.parse(note.text)
    assert tree.size == 4
    for index, entry in enumerate([b"first", b"second", b"", b"second"]):
        merkle.verify_inclusion(index, 4, merkle.leaf(entry), log.inclusion(index, 4), tree.root)
        assert log.journal.entry(index) == entry
    whole(log.folder, [b"first", b"second", b"", b"second"])
    with pytest.raises(TooLarge):
        await log.append(bytes(65_536))
    with pytest.raises(BadInput):
        await log.covered(5)
    with pytest.raises(BadInput):
        log.inclusion(0, 5)
    with pytest.raises(NotFound):
        log.journal.entry(4)


async def test_the_largest_entry_fits(log: Log) -> None:
    await log.append(bytes(65_535))
    await log.covered(1)
    whole(log.folder, [bytes(65_535)])


async def test_once_means_once(log: Log) -> None:
    assert await log.append_all([b"a", b"b", b"a"], once=True) == [0, 1, 0]
    assert await log.append(b"b", once=True) == 1
    assert await log.append(b"b") == 2
    assert await asyncio.gather(*(log.append(b"c", once=True) for _ in range(50))) == [3] * 50
    assert log.size == 4


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 400), max_size=8), st.booleans())
def test_random_batches_and_restarts_end_as_one_by_one(
    tmp_path_factory: pytest.TempPathFactory, batches: list[int], restart: bool
) -> None:
    folder = tmp_path_factory.mktemp("log") / "ledger"

    async def fill() -> None:
        log, size = Log(folder, Signer(ORIGIN, SEED), every=0.0), 0
        for count in batches:
            await log.append_all(numbered(size, size + count))
            size += count
            if restart:
                await log.close()
                log = again(log)
        await log.close()

    asyncio.run(fill())
    whole(folder, numbered(0, sum(batches)))


async def test_many_tiles(log: Log) -> None:
    await log.append_all(numbered(0, 70_000))
    old = Checkpoint.parse((await log.covered(70_000)).text)
    await log.append_all(numbered(70_000, 70_100))
    new = Checkpoint.parse((await log.covered(70_100)).text)
    merkle.verify_consistency(old.size, new.size, log.consistency(old.size, new.size), old.root, new.root)
    for index in (0, 255, 256, 65_535, 65_536, 69_999):
        leaf = merkle.leaf(str(index).encode())
        for tree in (old, new):
            merkle.verify_inclusion(index, tree.size, leaf, log.inclusion(index, tree.size), tree.root)
    assert not (log.folder / "tile/0/000.p").exists()
    assert log.faults() == []


async def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    folder, root, size = tmp_path / "ledger", str(Path(__file__).parents[3]), 0
    for acknowledgements in (20, 200):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=root,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([root, *sys.path])},
        )
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(acknowledgements)]
        process.send_signal(signal.SIGKILL)
        said += process.stdout.readlines()
        process.stdout.close()
        assert process.wait() == -signal.SIGKILL
        lines = [line.split() for line in said if line.endswith("\n")]
        assert len(lines) >= acknowledgements
        log = Log(folder, Signer(ORIGIN, SEED))
        entries = whole(folder)
        assert len(entries) == log.size == log.checkpoint.size > size
        for caller, n, first, signed in lines:
            assert entries[int(first) : int(first) + 7] == [f"{caller} {n} {k}".encode() for k in range(7)]
            assert int(signed) <= log.size
        assert log.faults() == []
        size = log.size
        await log.close()


async def fill(log: Log, count: int = 600) -> None:
    await log.append_all(numbered(0, count))
    await log.close()


def shorten(folder: Path, count: int) -> None:
    connection = sqlite3.connect(folder / "journal.db")
    connection.execute("DELETE FROM entry WHERE num >= ?", (count,))
    connection.commit()
    connection.close()


async def test_a_journal_cut_short_is_found(log: Log) -> None:
    await fill(log)
    shorten(log.folder, 599)
    before = (log.folder / "checkpoint").read_bytes()
    with pytest.raises(Conflict, match="holds 599 entries, but 600 were signed"):
        again(log)
    assert (log.folder / "checkpoint").read_bytes() == before


async def test_a_hole_in_the_journal_is_found(log: Log) -> None:
    await fill(log)
    connection = sqlite3.connect(log.folder / "journal.db")
    connection.execute("DELETE FROM entry WHERE num = 7")
    connection.commit()
    connection.close()
    with pytest.raises(Conflict, match="1 entries are missing"):
        again(log)


async def test_a_journal_file_cut_short_is_found(log: Log) -> None:
    await fill(log)
    file = log.folder / "journal.db"
    os.truncate(file, file.stat().st_size // 2 // 4096 * 4096)
    with pytest.raises(Conflict):
        again(log)
    os.truncate(file, 50)
    with pytest.raises(Conflict):
        again(log)
    file.unlink()
    with pytest.raises(Conflict, match="holds 0 entries"):
        again(log)


async def test_a_bundle_emptied_is_made_again_and_one_cut_is_found_by_the_check(log: Log) -> None:
    """The start reads the end only, which costs the same whatever the size; the check reads all."""
    await fill(log)
    os.truncate(log.folder / "tile/entries/001", 0)
    mended = again(log)
    assert mended.faults() == []
    await mended.close()
    os.truncate(log.folder / "tile/entries/001", 600)
    opened_again = again(log)
    assert [tile.path for tile in opened_again.faults(repair=True)] == ["tile/entries/001"]
    assert opened_again.faults() == []
    await opened_again.close()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(
        ("journal.db", "checkpoint", "tile/0/000", "tile/0/002.p/88", "tile/entries/002.p/88", "memory")
    ),
    share=st.floats(0, 1, exclude_max=True),
)
def test_whichever_file_is_cut_short_wherever_it_is_mended_or_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, share: float
) -> None:
    """Either all that was signed is there again, or the log does not open and says what to do; it never signs less."""

    async def cut() -> None:
        folder = tmp_path_factory.mktemp("cut") / "ledger"
        opened_first = Log(folder, Signer(ORIGIN, SEED), every=0.0)
        await fill(opened_first)
        file = opened_first.memory if name == "memory" else folder / name
        os.truncate(file, int(file.stat().st_size * share))
        try:
            mended = again(opened_first)
        except NorenError as error:
            assert error.where and error.hint
            return
        assert mended.size == mended.checkpoint.size == 600 and mended.faults() == []
        await mended.close()
        whole(folder, numbered(0, 600))

    asyncio.run(cut())


async def test_yesterdays_folder_is_refused(log: Log, tmp_path: Path) -> None:
    """Everything is put back to a backup, except what was remembered apart."""
    await log.append_all(numbered(0, 10))
    await log.close()
    shutil.copytree(log.folder, tmp_path / "backup")
    today = again(log)
    await today.append_all(numbered(10, 20))
    await today.close()
    shutil.rmtree(log.folder)
    shutil.copytree(tmp_path / "backup", log.folder)
    with pytest.raises(Conflict, match="holds 10 entries, but 20 were signed"):
        again(log)


async def test_another_past_of_the_same_length_is_refused(log: Log, tmp_path: Path) -> None:
    await fill(log, 20)
    other = Log(tmp_path / "other", Signer(ORIGIN, SEED))
    await other.append_all(numbered(100, 120))
    await other.close()
    shutil.copytree(tmp_path / "other", log.folder, dirs_exist_ok=True)
    with pytest.raises(Conflict):
        again(log)
    shutil.rmtree(log.folder / "tile")
    (log.folder / "checkpoint").unlink()
    with pytest.raises(Conflict, match="not the one that was signed for"):
        again(log)


async def test_what_is_remembered_apart_may_not_go(log: Log) -> None:
    await fill(log, 5)
    log.memory.unlink()
    opened_again = again(log)  # the checkpoint shown is remembrance enough
    await opened_again.close()
    assert log.memory.exists()
    log.memory.unlink()
    (log.folder / "checkpoint").unlink()
    with pytest.raises(Conflict, match="is gone"):
        again(log)


async def test_what_is_remembered_must_be_ours(log: Log) -> None:
    await fill(log, 5)
    (log.folder / "checkpoint").write_bytes(b"")  # a power cut may do this; what is remembered apart counts
    opened_again = again(log)
    await opened_again.close()
    assert published(log.folder).size == 5
    log.memory.write_bytes(log.memory.read_bytes()[:-9])
    with pytest.raises(Conflict, match="not this log's"):
        again(log)


@pytest.mark.parametrize(
    "damage", ["tile/0/000", "tile/entries/000", "tile/0/002.p/88", "tile/1/000.p/2", "tile", "cut"]
)
async def test_tiles_are_mended_at_the_start(log: Log, damage: str) -> None:
    await fill(log)
    path = log.folder / damage
    if path.is_dir():
        shutil.rmtree(path)
    elif damage == "cut":
        os.truncate(log.folder / "tile/0/001", 100)
    else:
        path.unlink()
    opened_again = again(log)
    whole(log.folder, numbered(0, 600))
    assert opened_again.faults() == []
    await opened_again.close()


async def test_a_tile_that_says_something_else_is_found_and_mended(log: Log) -> None:
    await log.append_all(numbered(0, 600))
    await log.covered(600)
    for name in ("tile/0/000", "tile/entries/001"):
        path = log.folder / name
        content = bytearray(path.read_bytes())
        content[40] ^= 1
        path.write_bytes(content)
    assert [tile.path for tile in log.faults()] == ["tile/0/000", "tile/entries/001"]
    log.faults(repair=True)
    assert log.faults() == []
    whole(log.folder, numbered(0, 600))


async def test_an_entry_changed_in_the_journal_is_found(log: Log) -> None:
    await log.append_all(numbered(0, 600))
    await log.covered(600)
    connection = sqlite3.connect(log.folder / "journal.db")
    connection.execute("UPDATE entry SET data = x'00' WHERE num = 3")
    connection.commit()
    connection.close()
    with pytest.raises(Conflict, match="not the one that was signed for"):
        log.faults()


async def test_a_crash_after_remembering_shows_what_was_remembered(log: Log) -> None:
    await fill(log, 10)
    shown = (log.folder / "checkpoint").read_bytes()
    opened_again = again(log)
    await opened_again.append(b"last")
    await opened_again.close()
    (log.folder / "checkpoint").write_bytes(shown)
    opened_again = again(log)
    assert published(log.folder).size == 11
    await opened_again.close()


async def test_a_full_disk_at_the_journal_is_said_and_passes(log: Log) -> None:
    await log.append(b"a")
    writer = log.journal._writer
    pages = writer.execute("PRAGMA page_count").fetchone()[0]
    writer.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(Unavailable, match="free space"):
        await log.append_all([bytes(60_000) for _ in range(20)])
    assert log.size == 1
    writer.execute("PRAGMA max_page_count=1000000")
    assert await log.append(b"b") == 1
    await log.covered(2)
    whole(log.folder, [b"a", b"b"])


async def test_a_full_disk_in_the_middle_of_the_tiles_is_said_and_passes(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    await log.append(b"a")
    before = bytes(await log.covered(1))
    written: list[Any] = []

    def full(shelf: Shelf, path: Path, content: bytes) -> None:
        written.append(path)
        if len(written) > 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        put(shelf, path, content)

    put = Shelf.put
    with monkeypatch.context() as patched:
        patched.setattr(Shelf, "put", full)
        assert (await log.append_all(numbered(0, 600)))[0] == 1
        with pytest.raises(Unavailable, match="No space left"):
            await log.covered(601)
        assert (log.folder / "checkpoint").read_bytes() == before == log.memory.read_bytes()
    await log.append(b"z")
    await log.covered(602)
    whole(log.folder, [b"a", *numbered(0, 600), b"z"])


async def test_a_clock_moved_back_does_not_turn_time_round(tmp_path: Path, signer: Signer) -> None:
    times = iter([1000.0, 2000.0, 500.0])
    log = Log(tmp_path / "ledger", signer, every=0.0, clock=lambda: next(times))
    for entry in (b"a", b"b", b"c"):
        await log.append(entry)
    rows = log.journal._reader.execute("SELECT at FROM entry ORDER BY num").fetchall()
    assert rows == [(1000,), (2000,), (2000,)]
    await log.close()


async def test_one_process_has_the_log(log: Log) -> None:
    with pytest.raises(Conflict, match="Another process"):
        again(log)
    await log.close()
    with pytest.raises(Unavailable, match="closed"):
        await log.append(b"late")


async def test_another_key_is_refused(log: Log) -> None:
    await fill(log, 3)
    with pytest.raises(Conflict, match="not this log's"):
        Log(log.folder, Signer.new(ORIGIN))


async def test_what_was_added_is_not_denied_because_work_beside_it_failed(log: Log) -> None:
    """Whoever is told that nothing was added adds it again."""

    def full(_: Journal) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    added, failed = _Job([b"a"], False), _Job((), False, full)
    log._commit([added, failed])
    assert await added.waiting.future == [0]
    with pytest.raises(Unavailable, match="disk is full"):
        await failed.waiting.future
    assert log.size == 1 and log.journal.entry(0) == b"a"
