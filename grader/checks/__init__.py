"""From an exercise, its cases and a runner to what was found: one module for each kind of exercise."""
