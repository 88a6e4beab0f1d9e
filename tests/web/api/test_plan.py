"""The basic plan over HTTP: a page that a browser may do nothing with but show."""

from __future__ import annotations

from noren.terms.records import Vision
from tests.web.api.conftest import Served


async def test_the_plan_is_a_page_in_the_language_asked_for(served: Served) -> None:
    vision = Vision(id="urn:ngsi-ld:Vision:t:1", name="<b>歩けるまち</b>")
    await served.city.view(served.city.staff).keep([vision])
    for language, title in (("en", "The city’s basic plan"), ("ja", "まちの総合計画")):
        async with served.http.get("/api/vision/plan", params={"language": language}) as reply:
            assert reply.status == 200
            assert reply.content_type == "text/html" and reply.charset == "utf-8"
            assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
            text = await reply.text()
        assert title in text and f'<html lang="{language}">' in text
        assert "&lt;b&gt;歩けるまち" in text and "<b>歩ける" not in text


async def test_another_language_is_refused_in_words(served: Served) -> None:
    async with served.http.get("/api/vision/plan", params={"language": "tlh"}) as reply:
        assert reply.status == 400
        assert (await reply.json())["where"] == "language"
