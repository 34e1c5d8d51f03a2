"""Notebooks that students open: built from an assignment, its exercises and the words of its page."""
