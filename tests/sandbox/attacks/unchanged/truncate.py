"""Empty another submission."""

import os

os.truncate(scene.canary, 0)
