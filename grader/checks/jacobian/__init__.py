"""Judging a Jacobian, entry by entry."""
