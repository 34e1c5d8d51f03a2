"""Run a program, another way."""

import os

os.posix_spawnp("sleep", ["sleep", "20"], {"PATH": os.defpath})
