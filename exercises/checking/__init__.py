"""Gradient checks that students write, and layers with mistakes that like to hide from them."""
