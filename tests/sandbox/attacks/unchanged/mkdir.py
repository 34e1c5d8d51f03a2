"""Make a folder."""

import os

os.mkdir(scene.folder + "/new")
