"""Rewrites of the graph, one file each; ``pipeline.PASSES`` states their order.

May import: ops, ir, types, errors, flags.
"""
