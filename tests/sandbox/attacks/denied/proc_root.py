"""Read through /proc/self/root."""

out(open("/proc/self/root" + scene.canary, "rb").read())
