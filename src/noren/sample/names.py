"""Names of places in Japanese, kana and English, none of them a person's."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_PREFIXES = (
    ("", "", ""),
    ("東", "ヒガシ", "Higashi-"),
    ("西", "ニシ", "Nishi-"),
    ("南", "ミナミ", "Minami-"),
    ("北", "キタ", "Kita-"),
    ("上", "カミ", "Kami-"),
    ("下", "シモ", "Shimo-"),
    ("新", "シン", "Shin-"),
)
_CHOME = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三", "十四", "十五")
_KANA = (
    "イッ",
    "ニ",
    "サン",
    "ヨン",
    "ゴ",
    "ロク",
    "ナナ",
    "ハッ",
    "キュウ",
    "ジュッ",
    "ジュウイッ",
    "ジュウニ",
    "ジュウサン",
    "ジュウヨン",
    "ジュウゴ",
)


@dataclass(frozen=True)
class Name:
    """One place's name, three ways."""

    ja: str
    kana: str
    en: str


@cache
def place_names() -> tuple[Name, ...]:
    """Every base name, the oldest parts of a town first."""
    text = (files(__package__) / "names.csv").read_text("utf-8")
    return tuple(Name(row["ja"], row["kana"], row["en"]) for row in csv.DictReader(text.splitlines()))


def quarter(index: int) -> Name:
    """Name of the `index`-th quarter (several districts share one), never the same twice."""
    base = place_names()[index % len(place_names())]
    turn = index // len(place_names())
    front = _PREFIXES[turn % len(_PREFIXES)]
    deep = turn // len(_PREFIXES)
    tail = ("", "", "") if deep == 0 else (f"第{deep + 1}", f"ダイ{deep + 1}", f" {deep + 1}")
    return Name(front[0] + base.ja + tail[0], front[1] + base.kana + tail[1], front[2] + base.en + tail[2])


def chome(name: Name, number: int) -> Name:
    """The `number`-th part (from 1) of a quarter: 一丁目 and so on."""
    if number > len(_CHOME):
        return Name(f"{name.ja}{number}丁目", f"{name.kana}{number}チョウメ", f"{name.en} {number}-chome")
    at = number - 1
    return Name(f"{name.ja}{_CHOME[at]}丁目", f"{name.kana}{_KANA[at]}チョウメ", f"{name.en} {number}-chome")
