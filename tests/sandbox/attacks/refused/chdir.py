"""Change the folder."""

# Not tried unconfined: later tests would run elsewhere.

import os

os.chdir("/")
out(b"reached")
