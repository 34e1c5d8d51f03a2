"""Ask for size and time of another submission."""

import os

os.stat(scene.canary)
out(b"reached")
