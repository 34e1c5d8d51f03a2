"""List a folder."""

import os

os.listdir(scene.folder)
out(b"reached")
