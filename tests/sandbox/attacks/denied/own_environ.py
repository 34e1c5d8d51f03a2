"""Read the environment that it was started with."""

if open("/proc/self/environ", "rb").read():
    out(b"reached")
