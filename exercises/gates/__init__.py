"""Single gates: add, multiply, max, copy and their kin, forward and back."""
