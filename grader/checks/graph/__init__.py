"""Judging a graph: the local step of every node, who is to blame, and what follows from it."""
