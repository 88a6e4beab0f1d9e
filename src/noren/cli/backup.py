"""`noren backup` and `noren restore`: a city's data, without its keys, out and back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from noren.city import backup as making
from noren.city import restore as putting_back
from noren.cli.words import paper, tell

Json = Annotated[bool, Parameter(name="--json")]


def backup(folder: Path, /, *, city: Path = Path(), as_json: Json = False) -> None:
    """Copy everything but keys into a new folder; the city may be running.

    Keys have a backup of their own, which never lies beside this one: noren vault backup FILE

    Parameters
    ----------
    folder
        The folder to make.
    city
        Folder of the city.
    as_json
        Report as JSON, for scripts.
    """
    with _progress(quiet=as_json) as step:
        made = making.backup(city, folder, step)
    size = sum(size for size, _ in made.files.values())
    if as_json:
        print(msgspec.json.encode({"folder": str(folder), "files": len(made.files), "bytes": size}).decode())
        return
    paper.print(tell("backup.done", folder=folder, files=len(made.files), size=f"{size / 1e6:,.1f}"), soft_wrap=True)
    paper.print(tell("backup.keys"), soft_wrap=True)


def restore(folder: Path, /, *, city: Path = Path(), replace: bool = False, as_json: Json = False) -> None:
    """Put the data of a backup back into a city that is not running. Who was erased since stays erased.

    Keys, settings and a ledger that is not shorter than the backup's stay as they are.

    Parameters
    ----------
    folder
        The backup.
    city
        Folder of the city; may be empty.
    replace
        Take the place of data that is there.
    as_json
        Report as JSON, for scripts.
    """
    with _progress(quiet=as_json) as step:
        found = putting_back.restore(folder, city, replace=replace, tell=step)
    if as_json:
        print(msgspec.json.encode(found).decode())
        return
    paper.print(tell("restore.done", files=found.files, made=found.made), soft_wrap=True)
    paper.print(tell(f"restore.ledger.{found.ledger}"), soft_wrap=True)
    if found.missing:
        paper.print(tell("restore.missing", missing=found.missing), style="red", soft_wrap=True)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[making.Tell]:
    columns = BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}")
    with Progress(*columns, console=Console(stderr=True, quiet=quiet), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda path, share: bar.update(task, description=path, completed=share)
