"""Ask whether a file is there."""

import os

if os.access(scene.canary, os.F_OK):
    out(b"reached")
