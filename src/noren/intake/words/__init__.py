"""The words by which headings and file names are recognised, in the languages that cities write: tables, nothing else."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from noren.intake.text import plain

Role = Literal["latitude", "longitude", "point", "x", "y", "wkt", "time", "date", "hour", "id", "station", "personal"]

ROLES: dict[Role, str] = {
    "latitude": "lat|latitude|緯度|breitengrad|latitud|point lat|point 1 lat|y wgs84|bredde",
    "longitude": "lon|lng|long|longitude|経度|längengrad|longitud|point lng|point 1 lng|x wgs84|længde",
    "point": "location|coordinates|位置|座標|緯度経度|latlng|latlon|geo point|geopoint|coordenadas",
    "x": "x|coord x|easting|utm x|x koordinat|point x",
    "y": "y|coord y|northing|utm y|y koordinat|point y",
    "wkt": "wkt|geom|the geom|geometry wkt|shape wkt",
    "time": (
        "time|timestamp|datetime|date time|time local|time utc|日時|観測日時|計測日時|updatetime|update time|data hora|observed|"
        "date observed|zeit|zeitpunkt|tidspunkt|fecha hora|datahora|measured at|observed at|recorded at|observation time"
    ),
    "date": "date|data|日付|年月日|datum|dato|fecha|dia|day|観測日|測定日",
    "hour": "hour|hora|hora utc|時刻|時間|uhrzeit|klokkeslæt|time of day",
    "id": "id|code|codigo|コード|no|nro|番号|identifier|identification|gid|oid|cod|施設id|key|objectid|osm id|regionCode|地域コード|reservoir code",
    "station": (
        "station|station id|sensor|sensor id|gauge|gauge id|device|device id|report id|garagecode|garage code|観測所|観測所id|"
        "検知器id|駐車場id|meter id|meter|site|site id|estacao|posto|stationsid|location id|detector|detector id|point id|entity"
    ),
    "personal": (
        "e mail|email|correio|メール|birth date|date of birth|生年月日|nascimento|cpf|passport|マイナンバー|individual number|"
        "responsavel|contact person|担当者氏名|氏名|full name|person name|given name|family name|surname|代表者氏名|owner name"
    ),
}


class Meaning(msgspec.Struct, frozen=True):
    """What a heading stands for; `unit` is the unit it is in when it says none."""

    attribute: str
    unit: str


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((files(__package__) / name).read_text("utf-8").splitlines()))


@cache
def meanings() -> dict[str, list[Meaning]]:
    """What a heading may mean, compared without case, accents and units; the most usual meaning first."""
    found: dict[str, list[Meaning]] = {}
    for row in _rows("columns.csv"):
        for word in row["words"].split("|"):
            found.setdefault(plain(word), []).append(Meaning(row["attribute"], row["unit"]))
    return found


@cache
def type_words() -> list[tuple[str, str]]:
    """Pairs of word and type, long words first."""
    pairs = [(plain(word), row["type"]) for row in _rows("types.csv") for word in row["words"].split("|")]
    return sorted(set(pairs), key=lambda pair: -len(pair[0]))


@cache
def role_words() -> dict[str, Role]:
    """Role by heading."""
    return {plain(word): role for role, words in ROLES.items() for word in words.split("|")}


def occurs(word: str, text: str) -> bool:
    """Whether a word stands in plain text: as whole words for alphabets, anywhere for Japanese."""
    if word.isascii() or not any(ord(c) > 0x2E7F for c in word):
        return f" {word} " in f" {text} " or f" {word}s " in f" {text} "
    return word in text
