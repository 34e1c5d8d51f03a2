"""Plant code that the next Python runs."""

with open(scene.folder + "/sitecustomize.py", "w") as file:
    file.write("planted = True")
