"""Judging a network of the student's own layers: its loss and gradients, and whose mistake a wrong one is."""
