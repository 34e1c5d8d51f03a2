"""Raise a limit."""

import resource

resource.setrlimit(resource.RLIMIT_NOFILE, (99, 99))
out(b"reached")
