"""Reserve space on the disk."""

import os

os.posix_fallocate(os.open(scene.folder + "/big", os.O_CREAT | os.O_WRONLY), 0, 1 << 25)
