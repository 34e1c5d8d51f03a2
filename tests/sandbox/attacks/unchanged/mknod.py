"""Make a special file."""

import os

os.mknod(scene.folder + "/new")
