"""The mathematics: layers with forward, backward and Jacobian, and graphs of them. Knows of no student."""

from reference.catalogue import graphs, layers
from reference.errors import FormulaError, GraphError, InputError
from reference.formula import Sigmoid, formula_graph
from reference.graph import Backprop, Graph, Node
from reference.inputs import Domain, Input
from reference.layer import Layer

__all__ = [
    "Backprop",
    "Domain",
    "FormulaError",
    "Graph",
    "GraphError",
    "Input",
    "InputError",
    "Layer",
    "Node",
    "Sigmoid",
    "formula_graph",
    "graphs",
    "layers",
]
