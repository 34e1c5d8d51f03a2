"""What runs beside the student's code: loading it, calling it, turning what it returns into plain values.

Nothing here knows an expected value, a tolerance or a mark, and nothing here imports the rest of the project: these
modules are what the worker process consists of. In a student's own notebook the same code runs in their kernel.
"""
