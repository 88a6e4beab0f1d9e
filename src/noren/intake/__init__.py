"""The way in: files, feeds and sensors become entities and readings of the city, by mappings that people can correct.

A file is recognised by its content (`recognise`), what it means is guessed (`guess`) and written as a small TOML file
(`mapping`); rows become entities (`convert`), and what cannot be kept is told with its row and field. Feeds come in
through `connectors`, supervised by `feeds`.
Names to know: `recognise.recognise`, `plans.plan`, `add.Adder`.

>>> import tempfile
>>> from pathlib import Path
>>> from noren.intake.convert import Place, Reader
>>> from noren.intake.guess import mapping_for
>>> from noren.intake.recognise import recognise
>>> with tempfile.TemporaryDirectory() as folder:
...     file = Path(folder) / "refuges.csv"
...     _ = file.write_text("名称;緯度;経度;収容人数\\n第一小;35,1;139,1;200\\n第二小;0;0;300\\n", "cp932")
...     source = recognise(file)[0].source
...     mapping = mapping_for(source)
...     reader = Reader(mapping, Place("town", "Asia/Tokyo"), "urn:ngsi-ld:Dataset:town:refuges")
...     entities = [entity for batch in source.open(reader.refused) for entity in reader.entities(batch)]
>>> entities[0]["name"], entities[0]["capacity"], entities[0]["location"]["coordinates"]
('第一小', 200, [139.1, 35.1])
>>> [(told.row, told.what) for told in reader.refused]
[(3, '0, 0 is a place in the ocean: the place is not known.')]
"""
