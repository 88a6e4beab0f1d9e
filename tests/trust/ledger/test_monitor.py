from __future__ import annotations

import base64
import shutil
from pathlib import Path

import msgspec
import pytest

from noren.errors import BadInput, Conflict, NorenError, Unproven
from noren.trust.ledger import Checkpoint, Evidence, Log, Monitor, Signer
from noren.trust.ledger.evidence import fork
from noren.trust.ledger.monitor import folder
from tests.trust.ledger.conftest import ORIGIN
from tests.trust.ledger.test_log import numbered

SIGNER = Signer(ORIGIN, bytes(32))


async def grown(path: Path, entries: list[bytes]) -> Path:
    log = Log(path, SIGNER)
    await log.append_all(entries)
    await log.close()
    return path


@pytest.fixture
def monitor(tmp_path: Path) -> Monitor:
    return Monitor(SIGNER.verifier, tmp_path / "monitor.json")


def held(evidence: Evidence, tmp_path: Path) -> None:
    """It comes through a file, holds there, and holds no more when any part of it is another."""
    file = evidence.save(tmp_path / "evidence")
    again = Evidence.read(file)
    assert again == evidence
    again.check(SIGNER.verifier)
    changes: list[dict[str, object]] = [
        {"second": again.first},
        {"log": str(Signer.new(ORIGIN).verifier)},
        {"first": again.first.replace("\n\n", "\n \n\n")},
    ]
    if again.root:
        changes += [{"proof": again.proof[1:]}, {"root": base64.b64encode(bytes(32)).decode()}]
    for change in changes:
        with pytest.raises(NorenError):
            msgspec.structs.replace(again, **change).check()


async def test_sources_that_agree_are_fine(monitor: Monitor, tmp_path: Path) -> None:
    log = await grown(tmp_path / "log", numbered(0, 300))
    shutil.copytree(log, tmp_path / "mirror")
    both = [folder(log), folder(tmp_path / "mirror")]
    assert await monitor.look(both) == []
    await grown(log, numbered(300, 700))
    assert await monitor.look(both) == []
    assert await Monitor(SIGNER.verifier, tmp_path / "monitor.json").look(both) == []


async def test_two_ledgers_of_one_size_are_found(monitor: Monitor, tmp_path: Path) -> None:
    one = await grown(tmp_path / "one", numbered(0, 300))
    two = await grown(tmp_path / "two", numbered(1, 301))
    (found,) = await monitor.look([folder(one), folder(two)])
    assert found.evidence is not None and found.evidence.proves
    held(found.evidence, tmp_path)


@pytest.mark.parametrize(("small", "large"), [(1, 2), (5, 300), (256, 300), (300, 70_000)])
async def test_two_ledgers_that_part_are_found(monitor: Monitor, tmp_path: Path, small: int, large: int) -> None:
    one = await grown(tmp_path / "one", numbered(0, small))
    two = await grown(tmp_path / "two", numbered(1, large + 1))
    (found,) = await monitor.look([folder(two), folder(one)])
    assert found.evidence is not None and found.evidence.proves
    held(found.evidence, tmp_path)


async def test_what_was_seen_before_is_compared_too(monitor: Monitor, tmp_path: Path) -> None:
    one = await grown(tmp_path / "one", numbered(0, 10))
    assert await monitor.look([folder(one)]) == []
    two = await grown(tmp_path / "two", numbered(5, 25))
    (found,) = await Monitor(SIGNER.verifier, tmp_path / "monitor.json").look([folder(two)])
    assert found.evidence is not None and found.evidence.proves


async def test_a_source_that_goes_back_is_found(monitor: Monitor, tmp_path: Path) -> None:
    log = await grown(tmp_path / "log", numbered(0, 10))
    old = (log / "checkpoint").read_bytes()
    await grown(log, numbered(10, 20))
    assert await monitor.look([folder(log)]) == []
    (log / "checkpoint").write_bytes(old)
    (found,) = await monitor.look([folder(log)])
    assert found.evidence is not None and not found.evidence.proves
    held(found.evidence, tmp_path)


async def test_silence_forgery_and_false_tiles_are_told(monitor: Monitor, tmp_path: Path) -> None:
    log = await grown(tmp_path / "log", numbered(0, 10))
    assert await monitor.look([folder(log)]) == []
    await grown(log, numbered(10, 20))
    shutil.rmtree(log / "tile")
    (found,) = await monitor.look([folder(log)])
    assert found.kind == "unshown" and found.evidence is None
    (forged := tmp_path / "forged").mkdir()
    (forged / "checkpoint").write_bytes((log / "checkpoint").read_bytes().replace(b"\n20\n", b"\n21\n"))
    told = await monitor.look([folder(tmp_path / "nowhere"), folder(forged)])
    assert [each.evidence for each in told] == [None, None]


def test_a_file_that_is_no_memory_or_evidence(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("{")
    with pytest.raises(BadInput):
        Monitor(SIGNER.verifier, tmp_path / "x")
    with pytest.raises(BadInput):
        Evidence.read(tmp_path / "x")
    assert issubclass(Unproven, Conflict)


async def test_an_honest_log_cannot_be_accused(tmp_path: Path) -> None:
    log = Log(tmp_path / "log", SIGNER, every=0.0)
    await log.append_all(numbered(0, 10))
    small = await log.covered(10)
    await log.append_all(numbered(10, 25))
    large = await log.covered(25)
    root, proof = Checkpoint.parse(small.text).root, log.consistency(10, 25)
    await log.close()
    for accusation in (
        fork(SIGNER.verifier, small, large, root, proof),
        fork(SIGNER.verifier, small, large, bytes(32), proof),
        fork(SIGNER.verifier, small, large, bytes(32)),
        fork(SIGNER.verifier, large, small, root, proof),
        fork(SIGNER.verifier, small, small),
        msgspec.structs.replace(fork(SIGNER.verifier, small, large), kind="rollback"),
    ):
        with pytest.raises(NorenError):
            accusation.check()
