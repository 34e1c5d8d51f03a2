"""Read by a path from an open folder."""

import os

folder = os.open(scene.folder, os.O_PATH | os.O_DIRECTORY)
out(os.read(os.open("other/submission.py", os.O_RDONLY, dir_fd=folder), 100))
