"""Figures: benchmarks against other engines, profiles, and what this machine can do at most.

May import: the public names, media, export, types, errors, flags.
"""
