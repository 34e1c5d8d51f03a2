"""Layers whose window slides over images."""
