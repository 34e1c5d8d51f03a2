"""Run a program."""

import subprocess

subprocess.Popen(["sleep", "20"])
