"""The lists that a town hall keeps, with the headings of Japan's recommended data sets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from noren.sample import files
from noren.sample.layout import Town
from noren.sample.names import Name
from noren.sample.places import Place
from noren.sample.site import CITY, CODE, PREFECTURE, Floats

COMMON = ("都道府県コード又は市区町村コード", "NO", "都道府県名", "市区町村名", "名称", "名称_カナ", "名称_英字")
PLACE = ("住所", "方書", "緯度", "経度")
HAZARDS = ("洪水", "崖崩れ、土石流及び地滑り", "高潮", "地震", "津波", "大規模な火事", "内水氾濫", "火山現象")
Extra = Callable[["Entry"], Sequence[Any]]


class Entry:
    """A place about to be listed: its name, degrees, height above the valley floor, luck of its own."""

    def __init__(self, town: Town, place: Place, name: Name, lon: float, lat: float, luck: float) -> None:
        self.place, self.name, self.lon, self.lat, self.luck = place, name, lon, lat, luck
        x, y = np.array([place.x]), np.array([place.y])
        self.height = float(town.land.sample(x, y)[0])
        self.above = self.height - float(town.land.bed(x, y)[0]) - 3.6
        self.district = town.people.names[place.district]
        self.address = f"{PREFECTURE}{CITY}{self.district.ja}{int(luck * 19) + 1}-{int(luck * 1000) % 27 + 1}"


def write_registers(town: Town, folder: Path) -> None:
    """Every list of places."""
    by_kind = _entries(town)
    for file, kind, headings, extra, encoding in _REGISTERS:
        _write(folder / file, by_kind.get(kind, []), headings, extra, encoding)
    _write(folder / "evacuation_space.csv", shelters(by_kind), _SHELTER, _shelter, "cp932")


def _entries(town: Town) -> dict[str, list[Entry]]:
    draw = town.site.rng("registers")
    x, y = np.array([p.x for p in town.places]), np.array([p.y for p in town.places])
    lon, lat = town.site.lonlat(x, y)
    luck: Floats = draw.random(len(x))
    found: dict[str, list[Entry]] = {}
    for place, name, lo, la, chance in zip(town.places, town.titles, lon, lat, luck, strict=True):
        found.setdefault(place.kind, []).append(Entry(town, place, name, float(lo), float(la), float(chance)))
    return found


def shelters(by_kind: dict[str, list[Entry]]) -> list[Entry]:
    """Schools, community centres and gymnasiums are where people go."""
    return by_kind.get("School", []) + [e for e in by_kind.get("Facility", []) if e.place.variant != "hall"]


def _write(path: Path, entries: Iterable[Entry], headings: Sequence[str], extra: Extra, encoding: str) -> None:
    rows = [
        [
            CODE,
            f"{i:04d}",
            PREFECTURE,
            CITY,
            e.name.ja,
            e.name.kana,
            e.name.en,
            e.address,
            "",
            f"{e.lat:.6f}",
            f"{e.lon:.6f}",
            *extra(e),
        ]
        for i, e in enumerate(entries, 1)
    ]
    files.write_table(path, [*COMMON, *PLACE, *headings], rows, encoding=encoding)


def _phone(entry: Entry) -> str:
    return f"(000)55-{int(entry.luck * 9000) + 1000}"


def _shelter(entry: Entry) -> list[Any]:
    """Fit for floods when it stands well above the valley floor; a tall school is fit for inland flooding."""
    safe = entry.above > 2.8
    fit = [
        safe,
        entry.above < 9.0,
        True,
        entry.luck > 0.1,
        True,
        entry.place.kind == "School",
        safe or entry.luck > 0.5,
        True,
    ]
    room = max(entry.place.size, 80) if entry.place.kind == "Facility" else entry.place.size
    return [
        f"{entry.height:.1f}",
        _phone(entry),
        *("1" if f else "" for f in fit),
        "1",
        room,
        f"{entry.district.ja}自治会",
        "",
        "",
    ]


_SHELTER = (
    "標高",
    "電話番号",
    *(f"災害種別_{h}" for h in HAZARDS),
    "指定避難所との重複",
    "想定収容人数",
    "対象となる町会・自治会",
    "URL",
    "備考",
)

_DEPARTMENTS = ("内科", "小児科", "外科", "整形外科", "眼科", "皮膚科", "耳鼻咽喉科", "産婦人科")


def _hospital(entry: Entry) -> list[Any]:
    large = entry.place.variant == "hospital"
    first = int(entry.luck * 97) % len(_DEPARTMENTS)
    parts = _DEPARTMENTS[: 4 + first % 5] if large else _DEPARTMENTS[first : first + 2]
    return [
        "病院" if large else "診療所",
        _phone(entry),
        "月火水木金" if large else "月火水金土",
        "08:30" if large else "09:00",
        "17:15" if large else "18:00",
        ";".join(parts),
        entry.place.size if large else 0,
        "救急指定" if large else "",
    ]


def _school(entry: Entry) -> list[Any]:
    kind = {"elementary": "小学校", "junior": "中学校", "high": "高等学校"}[entry.place.variant]
    return [kind, _phone(entry), entry.place.size, round(entry.place.size / 28)]


def _nursery(entry: Entry) -> list[Any]:
    kind = {"nursery": "保育所", "kindergarten": "幼稚園"}[entry.place.variant]
    return [kind, _phone(entry), entry.place.size, "0歳～5歳" if kind == "保育所" else "3歳～5歳", "07:30", "18:30"]


def _senior(entry: Entry) -> list[Any]:
    return [
        "介護老人福祉施設" if entry.place.variant == "care" else "通所介護",
        _phone(entry),
        entry.place.size,
        "月火水木金土日",
    ]


def _aed(entry: Entry) -> list[Any]:
    return [
        "1階入口",
        _phone(entry),
        "月火水木金土日",
        "08:30",
        "21:00" if entry.luck > 0.3 else "17:00",
        "有" if entry.luck > 0.4 else "無",
    ]


def _toilet(entry: Entry) -> list[Any]:
    return [
        1 + int(entry.luck * 3),
        1 + int(entry.luck * 4),
        1,
        "有" if entry.luck > 0.3 else "無",
        "有" if entry.luck > 0.5 else "無",
        "00:00",
        "23:59",
    ]


def _station(entry: Entry) -> list[Any]:
    return [_phone(entry)]


def _facility(entry: Entry) -> list[Any]:
    kind = {"hall": "市役所", "centre": "公民館", "gym": "体育館"}[entry.place.variant]
    return [kind, _phone(entry), entry.place.size, "09:00", "21:00"]


def _bikes(entry: Entry) -> list[Any]:
    return [entry.place.size, "06:00", "23:00"]


_REGISTERS: tuple[tuple[str, str, tuple[str, ...], Extra, str], ...] = (
    (
        "hospital.csv",
        "Hospital",
        ("医療機関の種類", "電話番号", "診療曜日", "診療開始時間", "診療終了時間", "診療科目", "病床数", "備考"),
        _hospital,
        "utf-8-sig",
    ),
    ("school.csv", "School", ("学校種別", "電話番号", "児童・生徒数", "学級数"), _school, "utf-8-sig"),
    (
        "preschool.csv",
        "Nursery",
        ("種別", "電話番号", "収容定員", "受入年齢", "開始時間", "終了時間"),
        _nursery,
        "utf-8-sig",
    ),
    ("care_service.csv", "SeniorFacility", ("実施サービス", "電話番号", "定員", "利用可能曜日"), _senior, "utf-8-sig"),
    ("fire_station.csv", "FireStation", ("電話番号",), _station, "utf-8-sig"),
    ("police_station.csv", "PoliceStation", ("電話番号",), _station, "utf-8-sig"),
    (
        "aed.csv",
        "Defibrillator",
        ("設置位置", "電話番号", "利用可能曜日", "開始時間", "終了時間", "小児対応設備の有無"),
        _aed,
        "cp932",
    ),
    (
        "public_toilet.csv",
        "Toilet",
        (
            "男性トイレ総数",
            "女性トイレ総数",
            "多機能トイレ数",
            "車椅子使用者用トイレ有無",
            "乳幼児用設備設置トイレ有無",
            "利用開始時間",
            "利用終了時間",
        ),
        _toilet,
        "utf-8-sig",
    ),
    (
        "public_facility.csv",
        "Facility",
        ("施設種別", "電話番号", "定員", "利用開始時間", "利用終了時間"),
        _facility,
        "utf-8-sig",
    ),
    ("bicycle_parking.csv", "BikeParking", ("収容台数", "利用開始時間", "利用終了時間"), _bikes, "utf-8-sig"),
)
