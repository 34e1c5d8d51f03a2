"""Read the grader's command line."""

if open(f"/proc/{scene.parent}/cmdline", "rb").read():
    out(b"reached")
