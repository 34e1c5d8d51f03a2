"""What is wrong with the input of a whole run: one line, and nothing has been touched."""

from __future__ import annotations


class BatchError(ValueError):
    """Submissions, a roster or a folder that cannot be used. Its text is one line: what, where, what to do."""
