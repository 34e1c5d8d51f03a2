"""Read the grader's environment."""

if open(f"/proc/{scene.parent}/environ", "rb").read():
    out(b"reached")
