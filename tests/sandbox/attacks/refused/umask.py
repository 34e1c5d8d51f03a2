"""Change which rights new files have."""

import os

os.umask(0)
out(b"reached")
