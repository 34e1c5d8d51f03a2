"""Nonlinear functions, entry by entry."""
