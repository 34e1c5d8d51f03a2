"""Batch, layer and group normalisation."""
