"""The graph: values, nodes and their text. Importers make it, passes rewrite it, ``lower`` turns it into a program.

May import: types, errors, flags.
"""

from edgesmith.ir.graph import Graph, Node, State, Value
from edgesmith.ir.integers import Held, held_as, remember
from edgesmith.ir.text import text
from edgesmith.ir.verify import verify

__all__ = ["Graph", "Held", "Node", "State", "Value", "held_as", "remember", "text", "verify"]
