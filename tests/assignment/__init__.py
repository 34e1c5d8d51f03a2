"""Assignments, the catalogue of exercises, and files that hide ours."""
