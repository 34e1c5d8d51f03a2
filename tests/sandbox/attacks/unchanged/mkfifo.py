"""Make a named pipe."""

import os

os.mkfifo(scene.folder + "/new")
