"""Keys, logs and witnesses for the tests of the ledger; nobody listens on a port."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from noren.errors import NorenError
from noren.net.http import Answer
from noren.trust.ledger import COSIGNATURE, Log, OtherSize, Signer, Witness

ORIGIN = "city.example/ledger"


@pytest.fixture
def signer() -> Signer:
    return Signer(ORIGIN, bytes(range(32)))


@pytest.fixture
async def log(tmp_path: Path, signer: Signer) -> AsyncIterator[Log]:
    opened = Log(tmp_path / "ledger", signer, every=0.0)
    yield opened
    await opened.close()


def witness_key(name: str) -> Signer:
    return Signer(f"{name}.example/witness", name.encode().ljust(32, b"."), COSIGNATURE)


class Post:
    """Carries requests to witnesses by address, in this process; what an address maps to may be a function that
    answers."""

    def __init__(self) -> None:
        self.doors: dict[str, Witness | Callable[[bytes], Answer]] = {}
        self.asked: list[str] = []

    async def send(self, method: str, url: str, *, body: bytes | None = None) -> Answer:
        self.asked.append(url)
        door = self.doors[url.removesuffix("/add-checkpoint")]
        assert method == "POST" and body is not None
        if not isinstance(door, Witness):
            return door(body)
        try:
            return Answer(200, url, {}, door.add_checkpoint(body).encode())
        except OtherSize as error:
            return Answer(409, url, {"content-type": "text/x.tlog.size"}, f"{error.size}\n".encode())
        except NorenError as error:
            return Answer(error.status, url, {}, str(error).encode())
