"""Map memory that could be shared."""

import mmap

mmap.mmap(-1, 4096)
out(b"reached")
