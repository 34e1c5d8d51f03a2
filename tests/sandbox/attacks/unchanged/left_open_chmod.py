"""Change the rights of what was left open."""

import os

os.fchmod(scene.left_open, 0o777)
