"""Graphs in general: order, paths, backpropagation engines of one's own."""
