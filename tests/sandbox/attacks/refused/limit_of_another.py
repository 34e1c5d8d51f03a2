"""Limit the grader."""

import resource

resource.prlimit(scene.victim, resource.RLIMIT_NOFILE, (7, 7))
out(b"reached")
