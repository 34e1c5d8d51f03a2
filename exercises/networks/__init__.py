"""Layers put together: from four parameters to residual blocks."""
