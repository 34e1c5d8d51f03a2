"""Read another submission."""

out(open(scene.canary, "rb").read())
