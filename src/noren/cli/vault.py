"""`noren vault`: the keys of personal data; their backup, their restore, their change."""

from __future__ import annotations

import sys
from getpass import getpass
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter
from rich.console import Console

from noren.city import City, keys
from noren.cli.words import tell
from noren.errors import BadInput
from noren.trust.vault import Officer, Passphrase
from noren.trust.vault.locks import Lock

Json = Annotated[bool, Parameter(name="--json")]
console = Console()
vault = App(name="vault", help="Look after the keys of personal data.")


@vault.command
def status(*, city: Path = Path(), as_json: Json = False) -> None:
    """Say how many keys there are, where the root key lies, and what was erased.

    Parameters
    ----------
    city
        Folder of the city.
    as_json
        Report as JSON, for scripts.
    """
    found = keys.status(City.open(city))
    if as_json:
        print(msgspec.json.encode(found).decode())
        return
    for line in ("keys", "root", "erased", "backup"):
        key = f"vault.status.{line}" if line != "backup" or found["backup"] else "vault.status.never"
        console.print(tell(key, **found), soft_wrap=True)
    if found["untold"]:
        console.print(tell("vault.status.untold", **found), soft_wrap=True)


@vault.command
def backup(
    file: Path, /, *, city: Path = Path(), officer: str = "", passphrase_file: Path | None = None, as_json: Json = False
) -> None:
    """Copy all keys into a locked file; the city may be running. Keep it apart from every copy of the data.

    Parameters
    ----------
    file
        The file to write.
    city
        Folder of the city.
    officer
        Public key of the officer who alone can open it, as `noren vault officer` prints it; the setting vault.officer
        when left out. Without either, a passphrase locks it.
    passphrase_file
        File with the passphrase, instead of typing it.
    as_json
        Report as JSON, for scripts.
    """
    opened = City.open(city)
    public = officer or opened.config.vault.officer
    lock: Lock = Officer.parse(public) if public else Passphrase(_words(passphrase_file, twice=True))
    try:
        count = keys.backup(opened, file, lock)
    finally:
        opened.vault.close()
    report = {"file": str(file), "keys": count, "officer": lock.id if isinstance(lock, Officer) else ""}
    if as_json:
        print(msgspec.json.encode(report).decode())
        return
    console.print(tell("vault.backup.done", **report), soft_wrap=True)


@vault.command
def restore(
    file: Path,
    /,
    *,
    city: Path = Path(),
    officer: Path | None = None,
    passphrase_file: Path | None = None,
    erasures: list[Path] | None = None,
    without_erasures_since: bool = False,
    replace: bool = False,
    as_json: Json = False,
) -> None:
    """Put the keys of a backup back; the city must not be running. Who was erased since stays erased.

    Parameters
    ----------
    file
        The backup.
    city
        Folder of the city.
    officer
        File of the officer's private key, for a backup that is locked to it.
    passphrase_file
        File with the passphrase, instead of typing it.
    erasures
        Data backups, or lists of erasures, that may know of further erasures; several may be given. The city's own
        list and its ledger are looked at in any case.
    without_erasures_since
        Go on although no list of erasures is newer than the backup: whoever was erased since can be read again.
    replace
        Take the place of keys that can be read.
    as_json
        Report as JSON, for scripts.
    """
    words = _words(passphrase_file)
    lock: Lock = Officer.read(officer, words) if officer else Passphrase(words)
    found = keys.restore(city, file, lock, lists=erasures or (), blind=without_erasures_since, replace=replace)
    if as_json:
        print(msgspec.json.encode(found).decode())
        return
    console.print(tell("vault.restore.done", **msgspec.structs.asdict(found)), soft_wrap=True)
    if found.files:
        console.print(tell("vault.restore.files", files=", ".join(found.files)), soft_wrap=True)
    if found.until:
        console.print(tell("vault.restore.until", until=found.until), soft_wrap=True)
    else:
        console.print(tell("vault.restore.blind", made=found.made), style="red", soft_wrap=True)


@vault.command
def rotate(*, city: Path = Path(), subjects: bool = False) -> None:
    """Wrap all keys under a new root key. Do it when somebody may have seen the old one, and once a year.

    Parameters
    ----------
    city
        Folder of the city.
    subjects
        Also give every person a new key for what is written from now on.
    """
    opened = City.open(city)
    try:
        opened.vault.rotate()
        count = opened.vault.renew_all() if subjects else 0
    finally:
        opened.vault.close()
    console.print(tell("vault.rotate.done", file=opened.root_key), soft_wrap=True)
    if subjects:
        console.print(tell("vault.rotate.subjects", count=count), soft_wrap=True)


@vault.command
def officer(file: Path, /, *, passphrase_file: Path | None = None) -> None:
    """Make the pair of keys of the officer who alone can open backups. The file stays with the officer.

    Parameters
    ----------
    file
        File for the private key.
    passphrase_file
        File with the passphrase that protects it, instead of typing it.
    """
    made = Officer.new(file, _words(passphrase_file, twice=True))
    print(made)
    Console(stderr=True).print(tell("vault.officer.done", file=file), soft_wrap=True)


def _words(file: Path | None, *, twice: bool = False) -> str:
    if file is not None:
        try:
            return file.read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"The passphrase cannot be read ({error}).", where=str(file)) from error
    if not sys.stdin.isatty():
        raise BadInput("Nobody can type a passphrase here.", hint="Name a file with --passphrase-file.")
    words = getpass(tell("vault.passphrase"))
    if twice and getpass(tell("vault.again")) != words:
        raise BadInput("The two passphrases differ.", hint="Type the same one twice.")
    return words
