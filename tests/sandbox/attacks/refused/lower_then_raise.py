"""Change any limit."""

import resource

soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
out(b"reached")
