"""Mapbox Vector Tiles (specification 2.1), written from flat arrays.

`mapbox-vector-tile` needs 40 to 60 microseconds a feature because each is an object; a tile of a dense town holds
thousands. Here geometry commands and tags of a whole layer are made as arrays, turned to varints together and cut
into features at the end. The library is the judge in the tests.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from noren.tiles.mercator import EXTENT, Ints
from noren.tiles.rings import LINE, POINT, POLYGON, Bools, Rings

_KINDS = {kind: bytes((0x18, kind, 0x22)) for kind in (POINT, LINE, POLYGON)}
Columns = Mapping[str, pa.Array]
"""Attribute values by name; null: absent."""


def encode_layer(name: str, rings: Rings, columns: Columns) -> bytes:
    """One layer of a tile: vertices in tile units; features that vanish at this size are left out; b"" when all do."""
    rings, rows = tidy(rings)
    if not len(rings):
        return b""
    geometry = _geometry(rings)
    tags, keys, values = _tags(columns, rows)
    parts = [_field(1, name.encode())]
    for kind, tag, drawn in zip(rings.kind.tolist(), tags, geometry, strict=True):
        head = b"\x12" + _varint(len(tag)) + tag + _KINDS[kind] + _varint(len(drawn))
        parts += (b"\x12", _varint(len(head) + len(drawn)), head, drawn)
    parts += [_field(3, key.encode()) for key in keys]
    parts += values
    parts += [b"\x28", _varint(EXTENT), b"\x78\x02"]
    return _field(3, b"".join(parts))


def tidy(rings: Rings) -> tuple[Rings, Ints]:
    """Without repeated vertices and rings that have shrunk to nothing; also the rows of the features that are left."""
    ring_of = np.repeat(np.arange(len(rings.ring) - 1), np.diff(rings.ring))
    feature_of_ring = np.repeat(np.arange(len(rings)), np.diff(rings.feature))
    kind = rings.kind[feature_of_ring]
    first = np.zeros(len(ring_of), dtype=bool)
    first[rings.ring[:-1]] = True
    moved = first | np.concatenate([[True], (np.diff(rings.xy, axis=0) != 0).any(axis=1)])
    moved |= kind[ring_of] == POINT
    closing = np.zeros(len(ring_of), dtype=bool)
    closing[rings.ring[1:] - 1] = True
    start = rings.xy[rings.ring[:-1]][ring_of]
    moved &= ~(closing & ~first & (kind[ring_of] == POLYGON) & (rings.xy == start).all(axis=1))
    count = np.bincount(ring_of[moved], minlength=len(rings.ring) - 1)
    good = np.where(kind == POLYGON, count >= 3, np.where(kind == LINE, count >= 2, count >= 1))
    solid = kind == POLYGON
    if solid.any():
        good[solid] &= _doubled_area(rings, ring_of, moved)[solid] != 0
    part = np.cumsum(rings.outer) - 1
    good &= good[np.flatnonzero(rings.outer)][part]
    vertices = moved & good[ring_of]
    per_feature = np.bincount(feature_of_ring[good], minlength=len(rings))
    rows = np.flatnonzero(per_feature)
    feature = np.concatenate([[0], np.cumsum(per_feature[rows])])
    ring = np.concatenate([[0], np.cumsum(count[good])])
    return Rings(rings.kind[rows], feature, ring, rings.outer[good], rings.xy[vertices]), rows


def _doubled_area(rings: Rings, ring_of: Ints, moved: Bools) -> Ints:
    x, y = rings.xy[:, 0], rings.xy[:, 1]
    after = np.arange(1, len(x) + 1)
    after[rings.ring[1:] - 1] = rings.ring[:-1]
    cross = x * y[after] - x[after] * y
    total: Ints = np.add.reduceat(cross, rings.ring[:-1])
    return total


def _geometry(rings: Rings) -> list[bytes]:
    """Commands of each feature as packed varints."""
    step = rings.xy.copy()
    start_of_feature = rings.ring[rings.feature[:-1]]
    step[1:] -= rings.xy[:-1]
    step[start_of_feature] = rings.xy[start_of_feature]
    zigzag = (step << 1) ^ (step >> 63)
    count = np.diff(rings.ring)
    of_ring = np.repeat(np.arange(len(rings)), np.diff(rings.feature))
    kind = rings.kind[of_ring]
    head = np.zeros(len(count), dtype=bool)
    head[rings.feature[:-1]] = True
    # Words: a point's ring only its two numbers, headed once a feature; lines and rings a move, a run, a close.
    extra = np.select([kind == POINT, kind == LINE], [head.astype(np.int64), np.full(len(count), 2)], 3)
    size = 2 * count + extra
    at = np.concatenate([[0], np.cumsum(size)])
    words = np.zeros(int(at[-1]), dtype=np.int64)
    ring_of = np.repeat(np.arange(len(count)), count)
    order = np.arange(len(ring_of)) - rings.ring[:-1][ring_of]
    lead = np.where(kind == POINT, head, 1)[ring_of]
    place = at[ring_of] + lead + 2 * order + ((kind[ring_of] != POINT) & (order > 0))
    words[place], words[place + 1] = zigzag[:, 0], zigzag[:, 1]
    drawn = kind != POINT
    words[at[:-1][drawn]] = 9
    words[at[:-1][drawn] + 3] = ((count[drawn] - 1) << 3) | 2
    words[at[1:][kind == POLYGON] - 1] = 15
    spots = (kind == POINT) & head
    words[at[:-1][spots]] = (np.diff(rings.feature)[of_ring[spots]] << 3) | 1
    return _cut(words, at[rings.feature])


def _tags(columns: Columns, rows: Ints) -> tuple[list[bytes], list[str], list[bytes]]:
    """Packed tags of each feature, the keys, and the values that they point to as fields of the layer."""
    keys: list[str] = []
    values: list[bytes] = []
    table: list[Ints] = []
    for name, column in columns.items():
        coded = column.take(pa.array(rows)).dictionary_encode()
        if not len(coded.dictionary):
            continue
        index = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        table.append(np.where(index >= 0, index + len(values), -1))
        found = coded.dictionary.to_pylist()
        values += _texts(found) if isinstance(found[0], str) else [_field(4, _number(value)) for value in found]
        keys.append(name)
    if not table:
        return [b""] * len(rows), [], []
    index = np.stack(table, axis=1)
    pairs = np.stack([np.broadcast_to(np.arange(len(keys)), index.shape), index], axis=2)
    present = index >= 0
    ends = np.concatenate([[0], np.cumsum(present.sum(axis=1) * 2)])
    return _cut(pairs[present].ravel(), ends), keys, values


def _texts(values: list[str]) -> list[bytes]:
    out = []
    for value in values:
        raw = value.encode()
        inner = b"\x0a" + _varint(len(raw)) + raw
        out.append(b"\x22" + _varint(len(inner)) + inner)
    return out


def _number(value: float) -> bytes:
    if isinstance(value, bool):
        return b"\x38" + bytes((value,))
    if isinstance(value, int):
        return b"\x28" + _varint(value) if value >= 0 else b"\x30" + _varint((-value << 1) - 1)
    return b"\x19" + struct.pack("<d", value)


def _cut(numbers: Ints, ends: Ints) -> list[bytes]:
    """Numbers as varints, cut at `ends` (positions in `numbers`)."""
    size = np.ones(len(numbers), dtype=np.int64)
    for bits in (7, 14, 21, 28):
        size += numbers >= 1 << bits
    at = np.concatenate([[0], np.cumsum(size)])
    out = np.zeros(int(at[-1]), dtype=np.uint8)
    for byte in range(5):
        rows = np.flatnonzero(size > byte)
        more = np.where(size[rows] > byte + 1, 0x80, 0)
        out[at[rows] + byte] = ((numbers[rows] >> (7 * byte)) & 0x7F) | more
    data = out.tobytes()
    cuts = at[ends].tolist()
    return [data[a:b] for a, b in itertools.pairwise(cuts)]


def _field(number: int, body: bytes) -> bytes:
    return b"".join((bytes((number << 3 | 2,)), _varint(len(body)), body))


def _spelt(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append((value & 0x7F) | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


_SHORT = [_spelt(value) for value in range(2048)]


def _varint(value: int) -> bytes:
    return _SHORT[value] if value < 2048 else _spelt(value)
