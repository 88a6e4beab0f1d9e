"""Yesterday's copies: whole, without a key in them, and powerless to bring back whoever was erased since."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from noren.city import City, backup, create, keys, restore
from noren.errors import BadInput, Conflict, NorenError, Unavailable
from noren.store import HistoryQuery
from noren.store.query import Query
from noren.terms import iri
from noren.trust import Principal
from noren.trust.ledger import anchored, beside
from noren.trust.vault import Passphrase, locks

WORDS = Passphrase("a long enough passphrase")
ME, YOU = "urn:ngsi-ld:Person:town:me", "urn:ngsi-ld:Person:town:you"
NAMES = {ME: "Hanako-the-secret", YOU: "Jiro-the-secret"}
Noren = Callable[..., tuple[int, str]]


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "_HARD", 2**4)


@pytest.fixture
async def town(tmp_path: Path) -> Path:
    """A city that holds two people, in its documents, its log and its history, and a recorded document; closed."""
    folder = tmp_path / "town"
    create(folder, "Town")
    people = [{"id": id, "type": "Person", "givenName": name} for id, name in NAMES.items()]
    (tmp_path / "contract").write_text("between the town and somebody")
    async with City.open(folder) as city:
        await city.view(city.staff).upsert(people)
        await city.desk().store.compact()
        await city.view(city.staff).upsert(people)
        found = await anchored(city.ledger, tmp_path / "contract", 5.0)
        beside(tmp_path / "contract").write_bytes(found.receipt)
        (tmp_path / "policy").write_bytes(city.ledger_policy_text())
        city.tokens.issue(city.staff, seconds=60)
    return folder


def resident(id: str) -> Principal:
    return Principal(
        id=id, kind="resident", organisation="town", purposes=frozenset({"own-data"}), default_purpose="own-data"
    )


async def told(folder: Path, id: str) -> str | None:
    """The name that a person reads of themselves."""
    async with City.open(folder) as city:
        return (await city.view(resident(id), "own-data").get("Person", id) or {}).get("givenName")


async def erase(folder: Path, id: str, *, record: bool = True) -> list[bytes]:
    """Erase a person; the keys that were destroyed."""
    async with City.open(folder) as city:
        subjects = city.vault.subjects(id)
        gone = [key for hash, _, _, key in city.vault.keys.rows() if hash in subjects and key]
        for subject in subjects:
            city.vault.erase(subject)
        if record:
            await city.record_erasures()
        return gone


async def copied(folder: Path, to: Path) -> None:
    backup.backup(folder, to / "data-copy")
    async with City.open(folder) as city:
        keys.backup(city, to / "keys-copy", WORDS)


@pytest.mark.parametrize("left", ["the folder", "a newer data backup", "nothing but the ledger and a data backup"])
async def test_yesterdays_copies_do_not_bring_back_whom_today_erased(
    town: Path, tmp_path: Path, noren: Noren, left: str
) -> None:
    await copied(town, tmp_path)
    assert [await told(town, id) for id in NAMES] == list(NAMES.values())
    dead = await erase(town, ME)
    assert dead
    backup.backup(town, tmp_path / "today")
    lists: list[Path] = []
    if left != "the folder":
        ledger = town / "data" / "ledger"
        shutil.move(ledger, tmp_path / "ledger-kept")
        shutil.rmtree(town / "data")
        lists = [tmp_path / "today"]
        if left.startswith("nothing"):
            shutil.copytree(tmp_path / "ledger-kept", ledger)
    restore.restore(tmp_path / "data-copy", town, replace=True)
    with pytest.raises(Conflict) if lists else pytest.raises(Conflict, match="--replace"):
        keys.restore(town, tmp_path / "keys-copy", WORDS)
    found = keys.restore(town, tmp_path / "keys-copy", WORDS, lists=lists, replace=True)
    assert (found.erased, bool(found.until)) == (1, True)
    assert await told(town, ME) is None
    assert await told(town, YOU) == NAMES[YOU]
    for file in town.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert NAMES[ME].encode() not in content and not any(key in content for key in dead), file
    assert noren("verify", f"{tmp_path}/contract.tlog-proof", "--policy", tmp_path / "policy")[0] == 0
    async with City.open(town) as city:
        assert city.ledger.log.size >= 1  # its tiles are made again when it is opened
    assert noren("ledger", "check", "--city", town)[0] == 0


async def test_the_ledger_knows_that_a_list_is_too_old(town: Path, tmp_path: Path) -> None:
    """The list of yesterday evening reaches beyond the backup, but not to the erasure of this morning."""
    await copied(town, tmp_path)
    backup.backup(town, tmp_path / "evening")
    await erase(town, ME)
    for name in ("keys.db", "vault.key", "erasures"):
        (town / "data" / name).unlink()
    with pytest.raises(Conflict, match="ledger knows of 1"):
        keys.restore(town, tmp_path / "keys-copy", WORDS, lists=[tmp_path / "evening"])
    assert not (town / "data" / "keys.db").exists()


async def test_a_newer_list_that_comes_with_the_data_destroys_keys_that_were_restored_before(
    town: Path, tmp_path: Path
) -> None:
    await copied(town, tmp_path)
    dead = await erase(town, ME)
    backup.backup(town, tmp_path / "today")
    shutil.rmtree(town / "data")
    keys.restore(town, tmp_path / "keys-copy", WORDS, blind=True)
    restore.restore(tmp_path / "today", town)
    for file in (town / "data").rglob("*"):
        assert not file.is_file() or not any(key in file.read_bytes() for key in dead)
    assert [await told(town, id) for id in NAMES] == [None, NAMES[YOU]]


async def test_no_key_is_in_a_backup_of_data(town: Path, tmp_path: Path) -> None:
    async with City.open(town) as city:
        secrets = [key for _, _, _, key in city.vault.keys.rows() if key]
        secrets += [secret for _, secret in city.vault.keys.organisations().values()]
    secrets += [file.read_bytes().split()[-1] for file in (town / "data").glob("*.key")]
    assert len(secrets) >= 6
    backup.backup(town, tmp_path / "copy")
    names = [str(file.relative_to(tmp_path / "copy")) for file in (tmp_path / "copy").rglob("*") if file.is_file()]
    assert not [name for name in names if "key" in name or "signed" in name]
    content = b"".join((tmp_path / "copy" / name).read_bytes() for name in names)
    assert not any(secret in content for secret in secrets)
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0


async def test_a_private_key_under_another_name_stops_it(town: Path, tmp_path: Path) -> None:
    (town / "files").mkdir(exist_ok=True)
    shutil.copy(town / "data" / "ledger.key", town / "files" / "harmless.txt")
    with pytest.raises(Conflict, match="never lie in one backup"):
        backup.backup(town, tmp_path / "copy")
    assert not list(tmp_path.glob("copy*"))


async def test_keys_are_not_written_beside_the_data(town: Path, tmp_path: Path) -> None:
    await copied(town, tmp_path)
    async with City.open(town) as city:
        for place in (town / "copy", town / "data" / "copy", tmp_path / "data-copy" / "copy"):
            with pytest.raises(BadInput, match="beside the data"):
                keys.backup(city, place, WORDS)
    for place in (town / "copy", tmp_path / "data-copy"):
        with pytest.raises(BadInput):
            backup.backup(town, place)


async def test_a_city_at_work_is_copied_whole(town: Path, tmp_path: Path) -> None:
    """Eight writers and compaction go on while it is copied: what was acknowledged before is there, no batch is torn,
    and history knows every entity."""
    acknowledged, stop = set[int](), asyncio.Event()

    async def load(city: City, caller: int) -> None:
        number = caller
        while not stop.is_set():
            batch = [
                {"id": f"urn:ngsi-ld:Device:town:{number}-{k}", "type": "Device", "batteryLevel": number}
                for k in range(3)
            ]
            await city.view(city.staff).upsert(batch)
            acknowledged.add(number)
            number += 8

    async def compact(city: City) -> None:
        while not stop.is_set():
            store = city.desk().store
            await store.compact(keep_after=max(0, store.newest() - 20))

    async with City.open(town) as city:
        tasks = [asyncio.create_task(work) for work in (*(load(city, n) for n in range(8)), compact(city))]
        for round in range(3):
            while len(acknowledged) < 40 * (round + 1):
                await asyncio.sleep(0.01)
            before = set(acknowledged)
            await asyncio.to_thread(backup.backup, town, tmp_path / f"copy{round}")
            await check(tmp_path / f"copy{round}", tmp_path / f"again{round}", before)
        stop.set()
        await asyncio.gather(*tasks)


async def check(copy: Path, folder: Path, before: set[int]) -> None:
    folder.mkdir()
    restore.restore(copy, folder)
    async with City.open(folder) as city:
        store = city.desk().store
        docs = (await store.find(Query(types=((iri("Device"),),), limit=1_000_000))).docs
        numbers = {int(doc["id"].rsplit(":", 1)[1].split("-")[0]) for doc in docs}
        assert numbers >= before and len(docs) == 3 * len(numbers)
        history = await store.history(HistoryQuery(types=(iri("Device"),), time="modified"))
        assert set(history["entity"].to_pylist()) >= {doc["id"] for doc in docs}
        assert history.num_rows == len(set(history["entity"].to_pylist()))
        await city.view(city.staff).upsert(
            [{"id": "urn:ngsi-ld:Device:town:more", "type": "Device", "batteryLevel": 1}]
        )


@pytest.mark.parametrize("damage", ["bit", "cut", "gone", "manifest", "outside", "secret"])
async def test_a_damaged_backup_is_refused_and_nothing_touched(town: Path, tmp_path: Path, damage: str) -> None:
    backup.backup(town, tmp_path / "copy")
    file, manifest = tmp_path / "copy" / "data" / "state.db", tmp_path / "copy" / "backup.json"
    raw = file.read_bytes()
    if damage == "bit":
        file.write_bytes(raw[:5000] + bytes([raw[5000] ^ 1]) + raw[5001:])
    elif damage == "cut":
        file.write_bytes(raw[:-4096])
    elif damage == "gone":
        file.unlink()
    elif damage == "manifest":
        manifest.write_text("{")
    else:
        listed: dict[str, Any] = json.loads(manifest.read_text())
        listed["files"]["../escaped" if damage == "outside" else "data/vault.key"] = [0, ""]
        manifest.write_text(json.dumps(listed))
    before = {path: path.read_bytes() for path in (town / "data").rglob("*") if path.is_file()}
    with pytest.raises(BadInput):
        restore.restore(tmp_path / "copy", town, replace=True)
    assert {path: path.read_bytes() for path in (town / "data").rglob("*") if path.is_file()} == before
    assert not (tmp_path / "escaped").exists()


async def test_data_is_not_replaced_by_mistake_nor_under_a_running_city(town: Path, tmp_path: Path) -> None:
    backup.backup(town, tmp_path / "copy")
    with pytest.raises(Conflict, match="--replace"):
        restore.restore(tmp_path / "copy", town)
    async with City.open(town) as city:
        city.desk()
        with pytest.raises(Conflict, match="Another process"):
            restore.restore(tmp_path / "copy", town, replace=True)
        await copied(town, tmp_path / "more")
        with pytest.raises(Conflict, match="Another process"):
            keys.restore(town, tmp_path / "more" / "keys-copy", WORDS, replace=True)
    create(tmp_path / "other", "Other")
    with pytest.raises(Conflict, match="backup of town"):
        restore.restore(tmp_path / "copy", tmp_path / "other", replace=True)


async def test_a_restore_that_was_broken_off_is_done_again(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever file it was at: the city stays shut, and the second time all is well. Keys are never touched."""
    backup.backup(town, tmp_path / "copy")
    secret = {file: file.read_bytes() for file in (town / "data").glob("*.key")}
    place, files = restore._place, len(json.loads((tmp_path / "copy" / "backup.json").read_text())["files"])
    placed = 0
    for chosen in range(files):
        left = chosen

        def fall(source: Path, target: Path) -> None:
            nonlocal left, placed
            left -= 1
            if left < 0:
                target.write_bytes(source.read_bytes()[:100])
                raise OSError(28, "No space left on device")
            placed += 1
            place(source, target)

        with monkeypatch.context() as patched:
            patched.setattr(restore, "_place", fall)
            try:
                restore.restore(tmp_path / "copy", town, replace=True)
                continue
            except Unavailable as error:
                assert "No space left" in str(error)
        with pytest.raises(Conflict, match="broken off"):
            City.open(town)
        assert {file: file.read_bytes() for file in secret} == secret
        restore.restore(tmp_path / "copy", town)
        assert await told(town, YOU) == NAMES[YOU]
    assert placed


async def test_a_full_disk_leaves_no_half_backup(town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("fsync", "replace"):

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(os, name, full)
            with pytest.raises(Unavailable, match="No space left"):
                backup.backup(town, tmp_path / "copy")
        assert not list(tmp_path.glob("copy*"))
    backup.backup(town, tmp_path / "copy")


async def test_a_ledger_is_never_put_back_to_less(town: Path, tmp_path: Path) -> None:
    backup.backup(town, tmp_path / "copy")
    async with City.open(town) as city:
        await city.ledger.record(b"of today")
        size = city.ledger.log.size
    assert restore.restore(tmp_path / "copy", town, replace=True).ledger == "kept"
    async with City.open(town) as city:
        assert city.ledger.log.size == size
    shutil.rmtree(town / "data" / "ledger")
    found = restore.restore(tmp_path / "copy", town, replace=True)
    assert (found.ledger, found.missing) == ("restored", 1)
    async with City.open(town) as city:
        with pytest.raises(Conflict, match="were signed"):
            city.ledger  # noqa: B018
        await city.view(city.staff).upsert([{"id": "urn:ngsi-ld:Device:town:1", "type": "Device"}])


async def test_the_commands_from_end_to_end(town: Path, tmp_path: Path, noren: Noren) -> None:
    words = tmp_path / "words"
    words.write_text("a long enough passphrase\n")
    by = ("--city", town, "--passphrase-file", words)
    assert noren("backup", tmp_path / "copy", "--city", town, "--json")[0] == 0
    status, text = noren("vault", "officer", tmp_path / "officer", "--passphrase-file", words)
    public = text.splitlines()[0]
    assert status == 0 and public.startswith("noren-officer:1:")
    assert noren("vault", "backup", tmp_path / "one", *by)[0] == 0
    assert noren("vault", "backup", tmp_path / "two", "--city", town, "--officer", public)[0] == 0
    status, text = noren("vault", "rotate", "--city", town, "--subjects")
    assert status == 0 and "new root key" in text
    found = json.loads(noren("vault", "status", "--city", town, "--json")[1])
    assert (found["keys"], found["destroyed"], bool(found["backup"])) == (2 * found["subjects"], 0, True)
    assert await told(town, ME) == NAMES[ME]
    shutil.rmtree(town / "data")
    assert noren("restore", tmp_path / "copy", "--city", town, language="ja")[0] == 0
    status, text = noren("vault", "restore", tmp_path / "one", *by)
    assert status == 1 and "--without-erasures-since" in text
    assert noren("vault", "restore", tmp_path / "one", *by, "--without-erasures-since")[0] == 0
    assert await told(town, ME) == NAMES[ME]
    shutil.rmtree(town / "data")
    assert noren("restore", tmp_path / "copy", "--city", town, "--json")[0] == 0
    officer = ("--officer", tmp_path / "officer", "--without-erasures-since", "--json")
    assert noren("vault", "restore", tmp_path / "two", *by, *officer)[0] == 0
    assert await told(town, YOU) == NAMES[YOU]
    status, text = noren("vault", "backup", tmp_path / "three", "--city", town)
    assert status == 1 and "--passphrase-file" in text


async def test_a_city_goes_on_with_a_root_key_that_lies_elsewhere(town: Path, tmp_path: Path) -> None:
    shutil.move(town / "data" / "vault.key", tmp_path / "root")
    settings = (town / "noren.toml").read_text("utf-8")
    with pytest.raises(NorenError, match="root key"):
        await told(town, ME)
    (town / "noren.toml").write_text(f'{settings}\n[vault]\nroot_key = "{tmp_path / "root"}"\n', "utf-8")
    assert await told(town, ME) == NAMES[ME]
    await copied(town, tmp_path)
    (tmp_path / "root").unlink()
    keys.restore(town, tmp_path / "keys-copy", WORDS)
    assert await told(town, ME) == NAMES[ME] and (tmp_path / "root").exists()
