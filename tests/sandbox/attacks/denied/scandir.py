"""List a folder, the other way."""

import os

list(os.scandir(scene.folder))
out(b"reached")
