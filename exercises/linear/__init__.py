"""Linear layers and their Jacobians; operations that only move, sum or stretch entries."""
