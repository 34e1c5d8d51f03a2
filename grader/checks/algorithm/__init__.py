"""Judging an algorithm: the same arguments to the student's function and to a judge."""
