"""Losses and penalties, and the papers on them."""
