"""Walk the tree and read all."""

import os

for folder, _, names in os.walk(scene.folder):
    for name in names:
        if name.endswith(".py"):
            out(open(os.path.join(folder, name), "rb").read())
