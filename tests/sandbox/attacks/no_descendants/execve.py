"""Become another program."""

# Not tried unconfined: its words would go to the terminal.

import os

os.execv("/bin/sh", ["sh", "-c", f"echo reached >&{scene.tty}; sleep 20"])
