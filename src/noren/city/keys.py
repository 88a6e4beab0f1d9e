"""Copies of a city's keys, which never lie in one archive with the data, and how they are put back."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from noren.city import config as configuration
from noren.city.backup import DATA, JOURNAL, LIST, MANIFEST, is_secret
from noren.city.city import City
from noren.city.restore import claimed
from noren.errors import BadInput
from noren.store.schema import connect
from noren.trust import vault
from noren.trust.vault.erasures import STATEMENT
from noren.trust.vault.locks import Lock


def backup(city: City, file: Path, lock: Lock) -> int:
    """Write a locked copy of every key of the city: those of personal values, of the ledger, of tokens, and what the
    ledger signed last. How many keys of personal values that are. Raises `BadInput` for a place beside the data."""
    if _within(file, city.folder) or any((parent / MANIFEST).exists() for parent in file.absolute().parents):
        raise BadInput(
            "Keys do not belong beside the data.", where=str(file), hint="Write them to a place of their own."
        )
    data = city.folder / DATA
    others = [each for each in data.glob("*") if is_secret(each, city.root_key) and each.is_file()]
    kept = {
        each.name: each.read_bytes()
        for each in others
        if each.name.endswith((".key", ".signed")) and each.resolve() != city.root_key.resolve()
    }
    return vault.backup(city.vault, file, lock, city=city.config.slug, others=kept)


def status(city: City) -> dict[str, Any]:
    """How many keys there are, where they lie, what was erased, when they were last copied."""
    held = city.vault
    marks = [line.at for line in held.erasures if line.backup]
    return {
        **held.keys.count(),
        "root": str(city.root_key),
        "list": str(city.folder / DATA / LIST),
        "erasures": sum(1 for line in held.erasures if line.subject),
        "untold": len(held.untold()),
        "backup": max(marks, default=""),
    }


def restore(
    folder: Path,
    file: Path,
    lock: Lock,
    *,
    lists: Iterable[Path] = (),
    blind: bool = False,
    replace: bool = False,
) -> vault.Restored:
    """Put the keys back into a city that is not running. Erasures come from its list, its key file, its ledger, and
    from further `lists` (files, or folders of data backups); see `noren.trust.vault.restore`."""
    config, data = configuration.read(folder), folder / DATA
    place = vault.Place(config.slug, data / "keys.db", config.root_key(folder), data / LIST)
    with claimed(data):
        return vault.restore(
            file,
            lock,
            place,
            lists=[_list(each) for each in lists],
            recorded=recorded(folder / JOURNAL),
            blind=blind,
            replace=replace,
        )


def recorded(journal: Path) -> list[bytes]:
    """What a ledger says in public of erasures; nothing when it cannot be read."""
    if not journal.exists():
        return []
    with closing(connect(journal, read_only=True)) as connection:
        sql = "SELECT data FROM entry WHERE substr(data, 1, ?) = ?"
        return [bytes(row[0]) for row in connection.execute(sql, (len(STATEMENT), STATEMENT))]


def _list(place: Path) -> Path:
    found = next((each for each in (place / DATA / LIST, place / LIST, place) if each.is_file()), None)
    if found is None:
        raise BadInput("No list of erasures lies there.", where=str(place), hint="Name a data backup, or its list.")
    return found


def _within(file: Path, folder: Path) -> bool:
    return file.absolute().resolve().is_relative_to(folder.resolve())
