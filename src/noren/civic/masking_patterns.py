"""Forms of personal data, as regular expressions over text in half-width letters; the group `it` is what is replaced.

Each has the confidence with which a match is what it seems. Kept apart from `masking` to be read as a table.
"""

from __future__ import annotations

import re

Pattern = tuple[re.Pattern[str], float]

_NOT_IN_NUMBER = r"(?<![\d.\-])"
_ENDS = r"(?![\d-]*\d)"
_KANJI = "一-鿿々ヶケノ之"
_NUMBER = r"(?:\d{1,4}|[一二三四五六七八九十百]{1,4})"
_GENERIC = "Rad|Geh|Fuß|Fuss|Fahrrad|Feld|Wald|Schul|Park|Spiel|Sport|Markt|Rast|Um|Aus|Hin|Heim|Haupt|Neben|Seiten"
_JOINED = "straße|strasse|str\\.|weg|allee|platz|gasse|ring|ufer|damm"
_APART = "Straße|Strasse|Str\\.|Weg|Allee|Platz"
_CALL = "電話(?:番号)?|TEL|Tel|tel|携帯(?:電話)?|ケータイ|ﾃﾙ|☎|[Pp]hone|[Mm]obile|Telefon|Handy"
_ROOM = "(?:[ 　]?[^\\s、。,]{0,12}?\\d{2,4}号室)?"
_HONORIFIC = "(?:さん|様|氏|君|くん|ちゃん)(?![一-鿿])"
_ROAD = "Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Court|Close|Way|Boulevard|Blvd|Terrace|Crescent"

EMAIL: list[Pattern] = [
    (re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"), 1.0),
    (re.compile(r"[A-Za-z0-9._%+-]+ ?[(\[](?:at|アット)[)\]] ?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"), 0.9),
]
URLS: list[Pattern] = [
    (re.compile(r"https?://[^\s/@]+(?::[^\s/@]*)?@[^\s、。」』）]+"), 0.95),
    (
        re.compile(
            r"(?:https?://)?(?:www\.|m\.)?(?:twitter|x|facebook|instagram|tiktok|linkedin|note|line)\.(?:com|me|net)/"
            r"[^\s、。」』）)]+"
        ),
        0.9,
    ),
    (
        re.compile(
            r"https?://[^\s、。」』）)]*(?:/(?:users?|profiles?|members?|people|u|~|@)/?[\w.-]+|"
            r"[?&](?:user|uid|userid|user_id|member|account|id|email|mail|name)=[^\s&、。」』）)]+)[^\s、。」』）)]*",
            re.IGNORECASE,
        ),
        0.85,
    ),
    (re.compile(r"(?<![\w.@/])@[A-Za-z][A-Za-z0-9_]{2,29}\b(?!\.\w)"), 0.7),
]
CARD: list[Pattern] = [
    (re.compile(rf"{_NOT_IN_NUMBER}[3-6]\d{{3}}([ -]?)\d{{4}}\1\d{{4}}\1\d{{1,7}}{_ENDS}"), 0.95),
    (re.compile(rf"{_NOT_IN_NUMBER}3[47]\d{{2}}([ -]?)\d{{6}}\1\d{{5}}{_ENDS}"), 0.95),
]
MY_NUMBER: list[Pattern] = [
    (
        re.compile(
            r"(?:マイナンバー|個人番号|My ?Number)[^\d\n］\]]{0,8}(?P<it>\d{4}[ -]?\d{4}[ -]?\d{4})(?!\d)",
            re.IGNORECASE,
        ),
        1.0,
    ),
    (re.compile(rf"{_NOT_IN_NUMBER}(?<!\d )\d{{4}}([ -]?)\d{{4}}\1\d{{4}}{_ENDS}(?! \d)"), 0.8),
]
PHONES: list[Pattern] = [
    (re.compile(r"(?<![\w.])\+\d{1,3}[ ().\-/]{0,2}(?:\(0\)[ -]?)?\d(?:[ ().\-/]{0,2}\d){5,12}(?!\d)"), 0.95),
    (re.compile(rf"{_NOT_IN_NUMBER}0[5789]0[- ]?\d{{4}}[- ]?\d{{4}}{_ENDS}"), 0.95),
    (re.compile(rf"{_NOT_IN_NUMBER}0(?:120|800|570|990)[- ]?\d{{2,3}}[- ]?\d{{3,4}}{_ENDS}"), 0.8),
    (re.compile(rf"{_NOT_IN_NUMBER}(?=(?:\D?\d){{10}}(?!\D?\d))0\d{{1,4}}[-(]\d{{1,4}}[-)]\d{{4}}{_ENDS}"), 0.9),
    (re.compile(rf"{_NOT_IN_NUMBER}\(0\d{{1,4}}\) ?\d{{1,4}}-\d{{4}}{_ENDS}"), 0.9),
    (re.compile(rf"{_NOT_IN_NUMBER}0[1-9]\d{{8}}{_ENDS}"), 0.6),
    (re.compile(rf"{_NOT_IN_NUMBER}(?:\(\d{{3}}\) ?|\d{{3}}[-. ])\d{{3}}[-. ]\d{{4}}{_ENDS}"), 0.8),
    (re.compile(rf"{_NOT_IN_NUMBER}0\d{{2,4}} ?[/-] ?\d{{4,8}}(?:-\d{{1,4}})?{_ENDS}"), 0.7),
    (
        re.compile(
            rf"(?:{_CALL})(?:は|[.:： ]){{0,3}}"
            r"(?P<it>[+(]?\d(?:[ ().\-/]{0,3}\d){5,14})(?!\d)"
        ),
        0.9,
    ),
]
ADDRESSES: list[Pattern] = [
    (re.compile(r"〒 ?\d{3}-?\d{4}"), 0.9),
    (
        re.compile(
            rf"[{_KANJI}ァ-ヺー]{{1,20}}{_NUMBER}丁目 ?"
            rf"(?:{_NUMBER}番(?:地)?(?:の?{_NUMBER})?号?|\d{{1,4}}-\d{{1,4}}){_ROOM}"
        ),
        0.9,
    ),
    (re.compile(r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})丁目 ?\d{1,4}番(?:地)?の?\d{1,4}号?"), 0.85),
    (re.compile(rf"[{_KANJI}]{{0,12}}[市区町村郡字][{_KANJI}ァ-ヺー]{{0,8}}\d{{1,4}}番地(?:の?\d{{1,4}})?"), 0.85),
    (
        re.compile(
            rf"(?:[{_KANJI}]{{2,3}}[都道府県])?[{_KANJI}]{{1,8}}[市区町村郡][{_KANJI}ァ-ヺー]{{0,8}} ?"
            r"\d{1,4}-\d{1,4}(?:-\d{1,4}){0,2}(?![\d-])(?:[ ]?[^\s、。,\d]{0,12}\d{2,4}号室)?"
        ),
        0.8,
    ),
    (
        re.compile(
            rf"(?:住所|自宅)[は:： ]{{0,2}}(?P<it>[{_KANJI}ァ-ヺーぁ-ん]{{1,20}} ?\d{{1,4}}(?:-\d{{1,4}}){{1,3}})"
        ),
        0.95,
    ),
    (
        re.compile(
            rf"\b(?!(?:{_GENERIC})(?:weg|platz|straße|strasse|ring)\b)[A-ZÄÖÜ][\wäöüß.-]*"
            rf"(?:(?<=[a-zäöüß])(?:{_JOINED})|[ -](?:{_APART}))"
            r" \d{1,3}(?: ?[a-h]\b)?(?!\d)"
        ),
        0.8,
    ),
    (re.compile(rf"\b\d{{1,5}} (?:[NSEW]\.? )?(?:[A-Z][a-z]+ ){{1,3}}(?:{_ROAD})\b"), 0.8),
]
NO_ADDRESS = re.compile(
    r"(?:19|20)\d\d-\d{1,2}(?:-\d{1,2})?(?!\d)"
    r"|\d{1,4}(?:-\d{1,4})+ ?(?:分|時|秒|円|人|名|歳|才|代|年|月|日|%|個|件|倍|度|階|系|線|回|週|条|項|m\b|km|cm|kg)"
    r"| \d{1,3} ?(?:m|km|cm|Meter|Metern|Uhr|Mal|mal|Prozent|%|Jahre|Jahren|Stunden|Minuten|Euro|€)\b"
    r"|(?:[Bb]us|[Ll]ine|[Rr]oute|[Bb]uses|[Tt]ram|No\.|Linie) \d{1,5} [A-Z]"
)
PLATES: list[Pattern] = [
    (
        re.compile(
            r"[一-鿿]{1,4} ?[0-9A-Z]{2,3} ?[ぁ-えか-さす-ふほ-をA-Z] ?(?:\d{2}-\d{2}|\d{4}|・{1,3}\d{1,3})(?!\d)"
        ),
        0.9,
    ),
    (re.compile(r"\b[A-ZÄÖÜ]{1,3}-[A-Z]{1,2} ?\d{1,4}[EH]?\b"), 0.75),
    (
        re.compile(
            r"(?:Kennzeichen|number plate|registration|ナンバー)\W{0,3}(?:[a-z]{0,5} )?"
            r"(?P<it>[A-ZÄÖÜ]{1,3}[ -][A-Z]{1,3} ?\d{1,4}\b)"
        ),
        0.85,
    ),
    (re.compile(r"\b[A-Z]{2}\d{2} [A-Z]{3}\b"), 0.7),
]
NO_PLATE = re.compile(
    "(?:DIN|ISO|EN|EU|US|UN|TV|PM|CO|SO|NO|A|B|L|K|R|S|U)-[A-Z]{1,2} ?\\d{1,2}$|.*(?:第|平成|令和|昭和|大正|約|全)"
)
NAMES: list[Pattern] = [
    (
        re.compile(
            r"(?:氏名|お名前|名前)(?:は|[:： ]) ?"
            r"(?P<it>[一-鿿々]{2,4}(?: ?[一-鿿々ぁ-ゖァ-ヺ]{1,4})?)(?=[\s、。,でと申]|$)"
        ),
        0.9,
    ),
    (re.compile(r"(?P<it>[一-鿿々]{2,3} ?[一-鿿々]{1,3})(?=と(?:申|いい|言い)ます?)"), 0.9),
    (
        re.compile(rf"(?<![一-鿿々])(?P<it>[一-鿿々]{{1,3}} [一-鿿々]{{1,3}}|[一-鿿々]{{1,5}})(?={_HONORIFIC})"),
        0.7,
    ),
    (
        re.compile(
            r"(?<![ァ-ヺー])(?P<it>[ァ-ヺー]{2,8}(?:・[ァ-ヺー]{2,8})?)(?=(?:さん|様|氏|くん|ちゃん)(?![一-鿿]))"
        ),
        0.5,
    ),
    (
        re.compile(
            r"\b(?:Mr|Mrs|Ms|Miss|Mister|Dr|Prof|Herrn?|Frau)\.? (?:Dr\. )?"
            r"(?P<it>[A-ZÄÖÜ][\w'’-]+(?: [A-ZÄÖÜ][a-zäöüß'’-]+)?)"
        ),
        0.8,
    ),
    (
        re.compile(r"(?:[Mm]y name is|[Mm]ein Name ist|[Ii]ch heiße) (?P<it>[A-ZÄÖÜ][\w'’-]+(?: [A-ZÄÖÜ][\w'’-]+)?)"),
        0.9,
    ),
]
NO_NAME = re.compile(
    r"^(?:Mayor|Chair|President|Speaker|Chancellor|Minister|Bürgermeister|Oberbürgermeister|Präsident|Landrat|"
    r"Nachbar|Name|Doktor|Ampel)\w*|"
    r"[様氏] |^(?:皆|御?客|お客|奥|旦那|息子|娘|子供|子ども|赤|祖父母|神|王|仏|殿|利用者|ドライバー|ヘルパー|スタッフ|"
    r"ボランティア|ママ|パパ|"
    r"ケアマネ|ケアマネジャー|メーカー|オーナー|スーパー|コンビニ|タクシー|マスコミ|サラリーマン|シルバー)$|"
    r"(?:皆|客|近所|役所|警察|消防|工事|自治会|町内会|会社|組合|交番)$"
)
