"""Search the tree for sources and read them."""

import glob

for name in glob.glob(scene.folder + "/**/*.py", recursive=True):
    out(open(name, "rb").read())
