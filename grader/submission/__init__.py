"""A submission as plain data: a notebook, a .py file, a .zip or a folder. Nothing of it is run or parsed here."""

from __future__ import annotations

from grader.submission.read import read_submission
from grader.submission.types import Note, NotebookFile, ReadLimits, Submission, SubmissionError, Unit

__all__ = ["Note", "NotebookFile", "ReadLimits", "Submission", "SubmissionError", "Unit", "read_submission"]
