"""The residents' side of the loop: what they report, propose, discuss and decide, and whether life got better.

Calculations stand in packages of their own and need no city: a town office can use them on files alone.
"""
