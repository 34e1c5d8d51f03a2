"""Judging anybody's forward and backward passes: checks, marks, reports, pictures and the command line.

Importing this package imports nothing else; each part is imported where it is used.
"""
