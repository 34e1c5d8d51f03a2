"""Leave a link."""

import os

os.symlink("/etc/passwd", scene.folder + "/new")
