"""Grading a whole class: submissions found, matched with the roster, graded on every core, written down."""
