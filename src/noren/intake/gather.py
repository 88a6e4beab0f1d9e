"""Columns that together are one attribute: people by sex and age, the fitness of a shelter by hazard.

A column gets `Column.part`, the key under which the attribute keeps its cells. Headings are told by the table
words/parts.csv (hazards) and by the form of an age ("0-4歳の男性", "male_0_4", "man1" … "man18", "85+").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from noren.intake.mapping import PERSONAL, Column, Mapping
from noren.intake.text import plain
from noren.intake.words import parts
from noren.terms import TYPES

AGES, HAZARDS = "populationByAge", "suitableFor"
LEAST = {AGES: 3, HAZARDS: 2}
"""From how many columns on they are one attribute and not each a fact of its own."""
_SEXES = {
    "male": "male males man men 男性 男 hombres homens masculino hommes masculin männer männlich mænd mand 남자 남성",
    "female": "female females woman women 女性 女 mujeres mulheres feminino femenino femmes féminin frauen weiblich "
    "kvinder kvinde 여자 여성",
}
_SEX = {word: sex for sex, words in _SEXES.items() for word in words.split()}
_BESIDES = """
pop population populacao população población poblacion bevölkerung einwohner befolkning people persons residents total
age aged ages alter år ans jahre anos años edad idade years year 人口 人 数 歳 才 岁 세 の 年齢 総数 인구
"""
_ELSE = frozenset(_BESIDES.split())
_RANGE = re.compile(r"(?<!\d)(\d{1,3})\s*(?:歳|才|세|岁)?\s*(?:[-–—~〜～_]|to|bis|til|a|à|と| )\s*(\d{1,3})(?!\d)")
_OPEN = re.compile(
    r"(?<!\d)(\d{2,3})\s*(?:\+|歳以上|才以上|以上|세\s*이상|岁以上|"
    r"[ _]*(?:plus|and[ _]over|or[ _]over|over|und[ _]älter|y[ _]más|"
    r"ou[ _]mais|et[ _]plus|ans[ _]et[ _]plus|og[ _]derover))"
)
_NUMBERED = re.compile(r"^([^\W\d_]+)[ _]?(\d{1,2})$")
_CLASSES = range(17, 22)
"""So many classes of five years make a life: the last is open."""
_WORD = re.compile(r"[^\W\d_]+")
_BEFORE = re.compile(
    r"^(災害種別|対象災害|対応災害|hazard type|hazard|disaster type|disaster|suitable for|safe for|fit)\s*"
)
_BEHIND = re.compile(r"\s*(l?\d|ok|対応|可否)$")


def gather(mapping: Mapping, headings: dict[str, str]) -> None:
    """Give `part` to the columns of a mapping that its type wants gathered; `headings` are the columns' labels."""
    own = TYPES[mapping.type].attributes if mapping.type in TYPES else {}
    for attribute, found in gathered(headings).items():
        free = {name: part for name, part in found.items() if _free(mapping, name)}
        if attribute not in own or len(free) < LEAST[attribute]:
            continue
        kind = "number" if attribute == AGES else "fit"
        for name, part in free.items():
            old = mapping.columns.get(name)
            decimal = old.decimal if old else "point"
            mapping.columns[name] = Column(attribute, kind=kind, decimal=decimal, part=part)  # type: ignore[arg-type]


def _free(mapping: Mapping, name: str) -> bool:
    column = mapping.columns.get(name)
    used = {*mapping.id_columns, *mapping.time, mapping.latitude, mapping.longitude, mapping.point, mapping.wkt}
    return name not in used and (column is None or column.attribute != PERSONAL)


def gathered(headings: dict[str, str]) -> dict[str, dict[str, str]]:
    """Part by column, of each attribute that enough of the headings speak of.

    >>> gathered({"a": "0-4歳の男性", "b": "5-9歳の男性", "c": "85歳以上の女性", "d": "備考"})
    {'populationByAge': {'a': 'male 0-4', 'b': 'male 5-9', 'c': 'female 85+'}}
    """
    ages = _numbered_classes(headings) or {n: part for n, text in headings.items() if (part := age_part(text))}
    hazards = {name: part for name, text in headings.items() if (part := hazard_part(text))}
    found = ((AGES, ages), (HAZARDS, hazards))
    return {attribute: columns for attribute, columns in found if len(columns) >= LEAST[attribute]}


def age_part(heading: str) -> str:
    """The sex and ages that a heading names, "" when it names no ages or speaks of something else too.

    >>> age_part("pop_0_14"), age_part("Männer 85 und älter"), age_part("distance 0-14")
    ('0-14', 'male 85+', '')
    """
    text = unicodedata.normalize("NFKC", heading).casefold()
    match = _OPEN.search(text) or _RANGE.search(text)
    if not match:
        return ""
    several = len(match.groups()) > 1
    if several and not int(match[1]) < int(match[2]) <= 120:
        return ""
    sex = _sex_alone(text[: match.start()] + " " + text[match.end() :])
    ages = f"{int(match[1])}-{int(match[2])}" if several else f"{int(match[1])}+"
    return "" if sex is None else f"{sex} {ages}".strip()


def _sex_alone(text: str) -> str | None:
    """The sex in the rest of a heading, "" for none; None when the rest says anything else."""
    sex = ""
    for word in _WORD.findall(text):
        bare = word.removeprefix("歳").removeprefix("才").removeprefix("の").removesuffix("人口").removesuffix("の")
        if bare in _SEX:
            sex = _SEX[bare]
        elif bare and bare not in _ELSE:
            return None
    return sex


def _numbered_classes(headings: dict[str, str]) -> dict[str, str]:
    """Columns such as man1 … man18: classes of five years, the last one open."""
    by_sex: dict[str, dict[int, str]] = {}
    for name, text in headings.items():
        match = _NUMBERED.match(unicodedata.normalize("NFKC", text).casefold())
        if match and match[1] in _SEX:
            by_sex.setdefault(_SEX[match[1]], {})[int(match[2])] = name
    return {
        name: f"{sex} {_class(place, len(columns))}"
        for sex, columns in by_sex.items()
        if len(columns) in _CLASSES and sorted(columns) == list(range(1, len(columns) + 1))
        for place, name in columns.items()
    }


def _class(place: int, classes: int) -> str:
    low = (place - 1) * 5
    return f"{low}+" if place == classes else f"{low}-{low + 4}"


def hazard_part(heading: str) -> str:
    """The hazard that a heading names, "" for none.

    >>> hazard_part("災害種別_洪水"), hazard_part("flood_L2"), hazard_part("fire station")
    ('flood', 'flood', '')
    """
    text = _BEFORE.sub("", plain(heading))
    return parts(HAZARDS).get(_BEHIND.sub("", text), "")


FIT = {"yes": "yes", "partly": "partly", "no": "no"} | dict.fromkeys(
    ["○", "〇", "◯", "◎", "1", "true", "可", "適", "有", "あり", "ja", "oui", "si", "sí", "sim", "y", "x", "✓", "✔"],
    "yes",
)
FIT |= dict.fromkeys(["△", "▲", "一部", "条件付き", "teilweise", "partiel", "parcial", "delvist", "partial"], "partly")
FIT |= dict.fromkeys(
    ["×", "✕", "✖", "0", "false", "不可", "否", "無", "なし", "-", "－", "nein", "non", "não", "nao", "nej", "n"], "no"
)
_HARSH = ("yes", "partly", "no")


def fit(cell: str | None) -> str | None:
    """Whether a shelter is fit, in one word; an empty cell is a no (it is not designated), another text stays."""
    if cell is None:
        return "no"
    return FIT.get(cell.strip().casefold(), cell)


def harsher(cells: Iterable[str]) -> str:
    """Of several cells on one hazard (floods once in a century and in a millennium) the more careful one.

    >>> harsher(["yes", "partly"])
    'partly'
    """
    return max(cells, key=lambda cell: _HARSH.index(cell) if cell in _HARSH else len(_HARSH))
