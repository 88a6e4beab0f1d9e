"""The governing body's side of the loop: where the city wants to be, what is tried, what it costs, who gains.

Calculations stand in packages of their own and need no city: a town office can use them on files alone.
"""
