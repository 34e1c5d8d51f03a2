"""Judging a layer: forward and backward, case by case, and everything that explains what is wrong."""
