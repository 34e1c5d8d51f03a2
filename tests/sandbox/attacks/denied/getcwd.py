"""Ask where it runs."""

import os

os.getcwd()
out(b"reached")
