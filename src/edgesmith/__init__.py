"""Edgesmith: take a trained network and make it run well on a small machine."""

__version__ = "0.1.0"
