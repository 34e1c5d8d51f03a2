"""Delete the tree."""

import shutil

shutil.rmtree(scene.folder + "/other")
