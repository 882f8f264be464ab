"""The door to the C runtime: ``Session`` runs a .edge file.

May import: program, types, errors, flags.
"""
