"""Change a file's owner."""

import os

os.chown(scene.canary, 12345, 12345)
