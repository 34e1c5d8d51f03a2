"""Read through a symbolic link."""

import os

link = scene.folder + "/link"
os.symlink(scene.canary, link)
out(open(link, "rb").read())
