"""Find the bug: slips on lecture slides, and bugs that passed a course's own check."""
