"""What was acknowledged stays; what went wrong says what to do and leaves the store usable."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from noren.errors import BadInput, Conflict, Unavailable
from noren.store import HistoryQuery, Indexing, Store, cold, open_store
from noren.store import history as history_module
from noren.store.codec import micros
from noren.store.instances import table
from noren.store.query import Compare, Query
from tests.store.conftest import INDEXING
from tests.store.docs import doc, patch, prop, put

WRITER = """
import asyncio, sys
from noren.store import open_store
from tests.store.conftest import INDEXING
from tests.store.docs import doc, prop, put

async def load(caller, store):
    for n in range(1_000_000):
        await store.write([put(doc(f"{caller}-{n}-{k}", level=prop(n))) for k in range(3)])
        print(f"{caller}-{n}", flush=True)

async def main():
    store = open_store(sys.argv[1], INDEXING)
    async def compacting():
        while True:
            await asyncio.sleep(0.2)
            await store.compact(keep_after=store.newest() - 100)
    await asyncio.gather(compacting(), *(load(caller, store) for caller in range(8)))

asyncio.run(main())
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A store that can be opened again."""
    return f"sqlite://{tmp_path / 'data'}"


def kill_while_writing(url: str, acknowledgements: int) -> list[str]:
    """Load a store from a process of its own, kill it in the middle; returns what it had said was kept."""
    root = str(Path(__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, url],
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": root},
    )
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(acknowledgements)]
    process.send_signal(signal.SIGKILL)
    said += process.stdout.readlines()
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL
    return [line.strip() for line in said if line.endswith("\n")]


async def test_an_acknowledged_write_survives_kill_9(url: str) -> None:
    said = []
    for acknowledgements in (300, 900):
        said = kill_while_writing(url, acknowledgements)
        assert len(said) >= acknowledgements
        store = open_store(url, INDEXING)
        kept = {found["id"] for found in store.get([f"{write}-{k}" for write in said for k in range(3)]).docs}
        assert kept == {f"{write}-{k}" for write in said for k in range(3)}
        await whole(store)
        await store.compact()
        await whole(store)
        await store.close()


async def whole(store: Store) -> None:
    """Entities, index, counts, history and batches agree with each other."""
    everything = await store.find(Query(limit=1_000_000))
    found = {d["id"] for d in everything.docs}
    assert (await store.types(2))["River"][""] == len(found)
    assert (
        await store.find(Query(where=Compare(("attrs", "level", "value"), ">=", 0), limit=0, count=True))
    ).total == len(found)
    assert {id.rsplit("-", 1)[0] + f"-{k}" for id in found for k in range(3)} == found, "a batch was torn"
    history = await store.history(HistoryQuery(types=("River",), time="modified"))
    assert set(history["entity"].to_pylist()) == found
    assert history.num_rows == len(found)


async def test_a_second_process_is_refused(url: str) -> None:
    store = open_store(url, INDEXING)
    with pytest.raises(Conflict, match="Another process"):
        open_store(url, INDEXING)
    code = f"from noren.store import Indexing, open_store; open_store({url!r}, Indexing({{}}, {{}}))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "Another process" in other.stderr
    assert (await store.write([put(doc("a"))]))[0].kind == "created"
    await store.close()
    await open_store(url, INDEXING).close()


async def test_a_full_disk_is_said_and_passes(url: str, tmp_path: Path) -> None:
    store = open_store(url, INDEXING)
    await store.write([put(doc("a", level=prop(1)))])
    pages = store._writing.execute("PRAGMA page_count").fetchone()[0]  # type: ignore[attr-defined]
    store._writing.execute(f"PRAGMA max_page_count={pages}")  # type: ignore[attr-defined]
    with pytest.raises(Unavailable, match="free space"):
        await store.write(
            [put(doc(f"b{n}", ("New",), level=prop("x" * 200), free=prop("y" * 9000))) for n in range(50)]
        )
    assert store.newest() == 1
    assert len((await store.find(Query(limit=100))).docs) == 1
    store._writing.execute("PRAGMA max_page_count=1000000")  # type: ignore[attr-defined]
    outcome = (await store.write([patch("a", level=prop(2)), put(doc("n", ("New",), other=prop(3)))]))[1]
    assert (outcome.kind, outcome.seq) == ("created", 3)
    assert await store.types(2) == {"River": {"": 1, "level": 1}, "New": {"": 1, "other": 1}}
    await store.close()


async def test_a_store_that_may_not_be_written_says_so(url: str) -> None:
    store = open_store(url, INDEXING)
    store._writing.execute("PRAGMA query_only=1")  # type: ignore[attr-defined]
    with pytest.raises(Unavailable, match="right to write"):
        await store.write([put(doc("a"))])
    with pytest.raises(Unavailable):
        await store.put_value("k", "a", 1)
    assert store.values("k") == {}
    store._writing.execute("PRAGMA query_only=0")  # type: ignore[attr-defined]
    assert (await store.write([put(doc("a"))]))[0].kind == "created"
    await store.close()


async def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot be made"):
        open_store(f"sqlite://{tmp_path / 'file' / 'data'}", INDEXING)


async def test_an_unknown_engine_is_said() -> None:
    with pytest.raises(BadInput, match="oracle"):
        open_store("oracle://x", INDEXING)


async def test_the_format_is_checked(url: str, tmp_path: Path) -> None:
    await open_store(url, INDEXING).close()
    file = tmp_path / "data" / "state.db"
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(Conflict, match="format 99"):
        open_store(url, INDEXING)
    file.write_bytes(b"no database at all" * 1000)
    with pytest.raises(Conflict, match="not a store"):
        open_store(url, INDEXING)


async def test_another_indexing_makes_the_index_again(url: str) -> None:
    store = open_store(url, Indexing({}, {}))
    await store.write([put(doc("a", level=prop(1), location={"value": {"type": "Point", "coordinates": [1, 2]}}))])
    await store.close()
    store = open_store(url, INDEXING)
    found = await store.find(Query(where=Compare(("attrs", "level", "value"), "==", 1)))
    assert len(found.docs) == 1
    await store.write([patch("a", level=prop(2))])
    assert (await store.find(Query(where=Compare(("attrs", "level", "value"), "==", 1)))).docs == []
    await store.close()


async def readings(store: Store) -> list[float]:
    return (await store.history(HistoryQuery(types=("River",), ids=("a",))))["number"].to_pylist()


async def fill(store: Store) -> None:
    for n in range(5):
        time = f"2024-05-0{n + 1}T00:00:00Z"
        await store.write([put(doc("a", modified=time, level=prop(n, time)))])


async def test_a_crash_between_history_and_log_changes_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(url, INDEXING)
    await fill(store)

    def crash(*args: object, **named: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(history_module, "_mark", crash)
        with pytest.raises(ZeroDivisionError):
            await store.compact()
    assert await readings(store) == [0, 1, 2, 3, 4]
    await store.close()
    store = open_store(url, INDEXING)
    assert await store.compact() == 5
    assert await readings(store) == [0, 1, 2, 3, 4]
    await store.close()


async def test_a_crash_in_a_merge_is_finished_at_the_start(url: str, tmp_path: Path) -> None:
    store = open_store(url, INDEXING)
    for n in range(5):
        time = f"2024-05-0{n + 1}T00:00:00Z"
        await store.write([put(doc("a", modified=time, level=prop(n, time)))])
        await store.compact()
    await store.close()
    (folder,) = (tmp_path / "data" / "history").glob("River-*")
    files = sorted(folder.glob("*.parquet"), key=lambda file: (len(file.name), file.name))
    assert len(files) == 5
    # As a crash right after the journal leaves it: one file that stands for the first two, and all five still there.
    merged = folder / "2024-05.merged"
    code = f"COPY (FROM read_parquet(['{files[0]}', '{files[1]}'])) TO '{merged}' (FORMAT parquet)"
    history_module.duckdb.connect().execute(code)
    journal = {"from": merged.name, "into": files[0].name, "gone": [files[1].name]}
    (folder / "merge.json").write_bytes(msgspec.json.encode(journal))
    (folder / "2024-06.parquet.tmp").write_bytes(b"half")
    store = open_store(url, INDEXING)
    assert await readings(store) == [0, 1, 2, 3, 4]
    assert sorted(file.name for file in folder.iterdir()) == sorted(file.name for file in [files[0], *files[2:]])
    await store.close()


async def test_a_merged_file_is_read_anew_though_its_name_is_known(url: str, tmp_path: Path) -> None:
    store = open_store(url, INDEXING)
    for n in range(cold.MANY):
        if n == cold.MANY - 1:  # files of some age, whose footers are remembered once they were read
            for file in (tmp_path / "data" / "history").glob("River-*/*.parquet"):
                os.utime(file, (1_700_000_000, 1_700_000_000))
            assert await readings(store) == await readings(store) == list(range(n))
        time = f"2024-05-{n + 1:02}T00:00:00Z"
        await store.write([put(doc("a", modified=time, level=prop(n, time)))])
        await store.compact()
    assert len(list((tmp_path / "data" / "history").glob("River-*/*.parquet"))) == 1
    assert await readings(store) == list(range(cold.MANY))
    await store.close()


async def test_history_that_cannot_be_written_is_said(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(url, INDEXING)
    await fill(store)

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(cold, "sync", full)
        with pytest.raises(Unavailable, match="No space left"):
            await store.compact()
    assert await readings(store) == [0, 1, 2, 3, 4]
    assert await store.compact() == 5
    assert await readings(store) == [0, 1, 2, 3, 4]
    await store.close()


async def test_a_closed_store_refuses(url: str) -> None:
    store = open_store(url, INDEXING)
    waiting = asyncio.ensure_future(store.wait(0))
    await asyncio.sleep(0)
    accepted = asyncio.ensure_future(store.write([put(doc("a"))]))
    await asyncio.sleep(0)
    await store.close()
    assert (await accepted)[0].kind == "created"
    assert waiting.cancelled() or waiting.done()
    with pytest.raises(Unavailable, match="closed"):
        await store.write([put(doc("b"))])


async def test_what_is_merged_between_two_readings_is_read_as_it_stands(url: str) -> None:
    """Corrections make files come and go within a second, so that no time of writing tells one from the next: what
    DuckDB remembers of a file must not be taken for another one of its name."""
    start, draw = datetime(2024, 5, 1, tzinfo=UTC), random.Random(1)
    wanted: dict[tuple[str, int], float] = {}
    store = open_store(url, INDEXING)
    for n in range(40):
        keys = {(f"e{draw.randrange(3)}", draw.randrange(40)) for _ in range(draw.choice((1, 1, 2, 30)))}
        at = {key: micros(start + timedelta(minutes=key[1])) for key in sorted(keys)}
        rows = [(id, "level", None, time, time + n + 1, float(n), None, None) for (id, _), time in at.items()]
        await store.append("T", table(rows))
        wanted |= dict.fromkeys(at, float(n))
        found = (await store.history(HistoryQuery(types=("T",), ids=("e0",)))).to_pylist()
        assert [row["number"] for row in found] == [wanted[key] for key in sorted(wanted) if key[0] == "e0"]
    await store.close()
