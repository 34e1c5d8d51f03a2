"""Read what was left open."""

import os

os.lseek(scene.left_open, 0, os.SEEK_SET)
out(os.read(scene.left_open, 100))
