"""Read whatever descriptor is a file."""

import os

for fd in range(3, 1024):
    try:
        os.lseek(fd, 0, os.SEEK_SET)
        found = os.read(fd, 100)
    except OSError:
        continue
    out(found)
