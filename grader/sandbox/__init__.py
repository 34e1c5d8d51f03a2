"""What makes a process that runs strangers' code harmless: limits, user, namespace, Landlock, seccomp, and a
self-test that says which of these hold on this machine. It knows nothing of what the process is for.
"""
