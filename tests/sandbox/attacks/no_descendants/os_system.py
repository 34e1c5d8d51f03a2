"""Run a command."""

import os

if os.system("exit 7") == 7 << 8:
    out(b"reached")
