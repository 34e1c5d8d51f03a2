"""Leave the session."""

# Not tried unconfined: who leads a session may not either.

import os

os.setpgid(0, 0)
out(b"reached")
