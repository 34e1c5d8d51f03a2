"""Become root."""

# Not tried unconfined: who is root already stays so.

import os

os.setresuid(0, 0, 0)
out(b"reached")
