from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.errors import BadInput, NotFound
from noren.trust.ledger import Tile, merkle
from noren.trust.ledger.note import Checkpoint, Note
from noren.trust.ledger.shelf import Shelf
from noren.trust.ledger.tiles import ENTRIES, Edge, bundle, hashes, tiles_of, unbundle


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(ENTRIES, 0, 3), "tile/entries/000.p/3"),
        (Tile(63, 999, 255), "tile/63/999.p/255"),
        (Tile(1, 1000), "tile/1/x001/000"),
    ],
)
def test_paths_as_the_specification_has_them(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert Tile.parse(path) == tile


@given(st.integers(-1, 63), st.integers(0, 2**55), st.integers(1, 256))
def test_paths_are_read_as_they_are_written(level: int, index: int, width: int) -> None:
    assert Tile.parse(Tile(level, index, width).path) == Tile(level, index, width)


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/x000/067",
        "tile/0/001/067",
        "tile/0/x001/x067",
        "tile/0/067.p/0",
        "tile/0/067.p/256",
        "tile/0/067.p/01",
        "tile/0/067.p/",
        "tile/0/../000",
        "tile/0/０００",
        "tile/0/000\n",
        "/tile/0/000",
        "tile/entries",
    ],
)
def test_other_paths_name_no_tile(path: str) -> None:
    with pytest.raises(NotFound):
        Tile.parse(path)


def test_the_tiles_of_seventy_thousand() -> None:
    """The example in tlog-tiles."""
    found = [tile for tile in tiles_of(70_000) if tile.level != ENTRIES]
    widths = {level: [tile.width for tile in found if tile.level == level] for level in (0, 1, 2)}
    assert widths == {0: [256] * 273 + [112], 1: [256, 17], 2: [1]}
    assert [tile.path for tile in tiles_of(256)] == ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]
    assert tiles_of(0) == []


@given(st.lists(st.binary(max_size=300)))
def test_bundles(entries: list[bytes]) -> None:
    raw = bundle(entries)
    assert unbundle(raw) == entries
    if raw:
        with pytest.raises(BadInput):
            unbundle(raw + b"\0")


@pytest.mark.parametrize("size", range(1, 16))
def test_a_published_log_is_derived_again_byte_by_byte(shared: Callable[[str], Path], size: int) -> None:
    folder = shared("ledger/tlog")
    root = Checkpoint.parse(Note.parse((folder / f"checkpoint.{size}").read_bytes()).text).root
    entries = unbundle((folder / Tile(ENTRIES, 0, size).path).read_bytes())
    edge = Edge()
    for entry in entries:
        assert edge.add(merkle.leaf(entry)) == []
    assert edge.root() == root
    ((tile, content),) = edge.partials()
    assert (folder / tile.path).read_bytes() == content
    assert bundle(entries) == (folder / Tile(ENTRIES, 0, size).path).read_bytes()
    shelf = Shelf(folder)
    for index in range(size):
        proof = merkle.inclusion(lambda height, at: shelf.node(height, at, size), index, size)
        merkle.verify_inclusion(index, size, merkle.leaf(entries[index]), proof, root)
    for old in range(1, size + 1):
        before = Checkpoint.parse(Note.parse((folder / f"checkpoint.{old}").read_bytes()).text).root
        proof = merkle.consistency(lambda height, at: shelf.node(height, at, size), old, size)
        merkle.verify_consistency(old, size, proof, before, root)


@given(st.integers(0, 3000))
def test_the_edge_makes_just_the_tiles_of_its_size(size: int) -> None:
    edge, full = Edge(), []
    for number in range(size):
        full += edge.add(merkle.leaf(str(number).encode()))
    made = {tile for tile, _ in (*full, *edge.partials())}
    assert made == {tile for tile in tiles_of(size) if tile.level != ENTRIES}
    assert all(len(content) == tile.width * 32 for tile, content in (*full, *edge.partials()))
    again = Edge(edge.levels)
    assert (again.size, again.root()) == (size, edge.root())


def test_a_partial_tile_is_cut_from_the_full_one(tmp_path: Path) -> None:
    shelf, edge = Shelf(tmp_path), Edge()
    leaves = [merkle.leaf(bytes([number])) for number in range(256)]
    for leaf in leaves:
        for tile, content in edge.add(leaf):
            shelf.write(tile, content)
    shelf.write(Tile(ENTRIES, 0), bundle(bytes([number]) for number in range(256)))
    shelf.settle()
    assert hashes(shelf.read(Tile(0, 0, 7))) == leaves[:7]
    assert unbundle(shelf.read(Tile(ENTRIES, 0, 2))) == [b"\0", b"\1"]
    with pytest.raises(NotFound):
        shelf.read(Tile(0, 1, 7))
    assert not list(tmp_path.rglob("*.new"))
