"""Signal the grader."""

import os

os.kill(scene.parent, 0)
out(b"reached")
