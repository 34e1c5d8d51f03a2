"""One module for each command of `chainmark`; `grader.cli` imports a module when its command is asked for."""
