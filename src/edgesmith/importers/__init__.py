"""A foreign file becomes a graph. Importers know nothing of each other."""
