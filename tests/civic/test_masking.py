"""Personal data is found by its form and nothing else is: both halves count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.civic.masking import find, is_my_number, mask

# Numbers of documentation and drama (RFC 2606, Ofcom, 555), test cards, and invented places; nobody's data.
PERSONAL = [
    ("連絡は someone@example.jp まで", "email", "someone@example.jp"),
    ("someone (at) example.org", "email", "someone (at) example.org"),
    ("電話は０９０－１２３４－５６７８です", "phone", "０９０－１２３４－５６７８"),
    ("TEL 03-1234-5678 まで", "phone", "03-1234-5678"),
    ("０３ー１２３４ー５６７８まで", "phone", "０３ー１２３４ー５６７８"),
    ("(045)123-4567に電話", "phone", "(045)123-4567"),
    ("+81 90 1234 5678", "phone", "+81 90 1234 5678"),
    ("ring +44 20 7946 0958 please", "phone", "+44 20 7946 0958"),
    ("call 555-867-5309 now", "phone", "555-867-5309"),
    ("Tel. 02841 / 201-0", "phone", "02841 / 201-0"),
    ("マイナンバーは 123456789018 です", "myNumber", "123456789018"),
    ("1234 5678 9018 を書いた", "myNumber", "1234 5678 9018"),
    ("カード 4111 1111 1111 1111", "card", "4111 1111 1111 1111"),
    ("card 5500-0000-0000-0004", "card", "5500-0000-0000-0004"),
    ("住所は川辺市中央区本町1-2-3です", "address", "川辺市中央区本町1-2-3"),
    ("本町３丁目５番１０号に住んでいます", "address", "本町３丁目５番１０号"),
    ("本町三丁目五番十号まで", "address", "本町三丁目五番十号"),
    ("郵便は〒123-4567", "address", "〒123-4567"),
    ("大字北100番地の家", "address", "大字北100番地"),
    ("I live at 12 Oak Street", "address", "12 Oak Street"),
    ("Wir wohnen Rosenstraße 5a", "address", "Rosenstraße 5a"),
    ("品川 300 あ 12-34 の車", "plate", "品川 300 あ 12-34"),
    ("川崎500さ・・・1の車", "plate", "川崎500さ・・・1"),
    ("Auto MO-AB 123 parkt", "plate", "MO-AB 123"),
    ("https://example.org/users/someone99", "url", "https://example.org/users/someone99"),
    ("https://x.example/?user=someone", "url", "https://x.example/?user=someone"),
    ("@someone_123 に連絡", "url", "@someone_123"),
    ("甲野乙子さんの家", "name", "甲野乙子"),
    ("隣の甲野様", "name", "甲野"),
    ("氏名：甲野乙子", "name", "甲野乙子"),
    ("Mrs Example is loud", "name", "Example"),
    ("Herr Muster parkt hier", "name", "Muster"),
]
HARMLESS = """
2024-01-15に行きました
2024年1月15日 10:30-12:00
料金は1,234,567円です
1200円-1500円
予算 1,000,000,000円
バス12系統 30-40分遅れ
bus 501 Station Road is late
line 12 Main Street
緯度35.681236, 経度139.767125
35.681236,139.767125
高さ3.5m 幅 10-20m 標高 1234.5m
道路交通法第77条第1項
平成12年法律第57号 第12条の3
川崎市10-20代の若者
川辺市の人口は123456人
3丁目の街灯が暗い
国道246号
皆さんお願いします
皆様へ
店員さんが親切
川辺市長さん、消防署員さん、役所さん、自治会さん
お客様 市長さん お子さん
多様な意見、同様に
摂氏30度
Radweg 3 m breit
Der Fahrradweg 12 km lang
Gehweg 2
DIN-A 4, ISO 8601
202401151230
Herr Bürgermeister
Mr Mayor
https://www.city.example.jp/machi/index.html
受付番号 2024-000123
整理番号 123456789012
注文 4111 1111 1111 1112
12/31まで 0.5%増
第3回会議は5-6人
CO2 50-60%
""".strip().splitlines()


@pytest.mark.parametrize(("text", "kind", "part"), PERSONAL)
def test_personal_data_is_found_where_it_stands(text: str, kind: str, part: str) -> None:
    found = find(text)
    assert [(each.kind, text[each.start : each.end]) for each in found] == [(kind, part)]
    assert part not in mask(text).text and 0.5 <= found[0].confidence <= 1


@pytest.mark.parametrize("text", HARMLESS)
def test_dates_prices_lines_places_and_laws_stay(text: str) -> None:
    assert mask(text).text == text


def test_placeholders_speak_the_texts_language() -> None:
    assert mask("電話は090-1234-5678").text == "電話は［電話番号］"
    assert mask("call 090-1234-5678").text == "call [telephone number]"
    assert mask("call 090-1234-5678", "ja").text == "call ［電話番号］"


def test_what_is_doubtful_can_be_left() -> None:
    text = "0312345678"
    assert mask(text).found[0].confidence == 0.6 and mask(text, least=0.7).text == text


@given(st.integers(0, 10**11 - 1))
def test_one_check_digit_fits_a_my_number(body: int) -> None:
    digits = f"{body:011d}"
    assert sum(is_my_number(digits + str(check)) for check in range(10)) == 1


@given(st.integers(0, 10**11 - 1), st.integers(0, 10), st.integers(1, 9))
def test_a_wrong_digit_of_a_my_number_is_mostly_noticed(body: int, place: int, by: int) -> None:
    digits = f"{body:011d}"
    check = next(str(each) for each in range(10) if is_my_number(digits + str(each)))
    wrong = digits[:place] + str((int(digits[place]) + by) % 10) + digits[place + 1 :]
    # The scheme gives the digit 0 to two remainders, so an error between those two passes.
    assert check == "0" or not is_my_number(wrong + check)


@given(st.text(max_size=200))
def test_any_text_is_masked_without_overlaps_and_what_is_outside_stays(text: str) -> None:
    masked = mask(text)
    ends = [0, *(place for each in masked.found for place in (each.start, each.end)), len(text)]
    assert ends == sorted(ends)
    for start, end in zip(ends[::2], ends[1::2], strict=True):
        assert text[start:end] in masked.text


@given(st.lists(st.sampled_from([each[0] for each in PERSONAL] + HARMLESS), max_size=6))
def test_masking_leaves_nothing_to_mask(parts: list[str]) -> None:
    once = mask("\n".join(parts)).text
    assert mask(once).text == once
