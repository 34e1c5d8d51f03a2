"""Recurrent networks, attention, and the layers around them."""
