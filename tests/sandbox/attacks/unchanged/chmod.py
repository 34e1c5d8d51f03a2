"""Change a file's rights."""

import os

os.chmod(scene.canary, 0o777)
