"""The program: a flat list of kernel calls with every offset decided. Knows nothing of graphs.

May import: types, errors, flags.
"""
