"""The residents' side of the loop: what they report, propose, discuss and decide, and whether life got better.

What is handed in comes through the city's counter (`City.counter`), is looked at (`looking`), folded (`folding`) and
answered (`issues`); nobody needs an account. The packages `ballots`, `opinions` and `pulse` calculate and need no city:
a town office can use them on files alone. Names to know: `reports.submit`, `issues.say`, `voting.cast`.

>>> from noren.civic.folding import likeness
>>> likeness("Street light is out", "street light is OUT!")
1.0
"""
