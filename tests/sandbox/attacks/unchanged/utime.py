"""Change a file's time."""

import os

os.utime(scene.canary, (2, 2))
