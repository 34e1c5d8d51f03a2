"""Read through a second name."""

import os

link = scene.folder + "/link"
os.link(scene.canary, link)
out(open(link, "rb").read())
