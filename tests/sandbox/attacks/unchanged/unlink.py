"""Delete another submission."""

import os

os.unlink(scene.canary)
