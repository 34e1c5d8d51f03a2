"""Reading a submission: a notebook, a .py file, a .zip or a folder, as plain data. Nothing of it is run here."""

from __future__ import annotations

from grader.submission.read import read_submission
from grader.submission.types import Note, ReadLimits, Submission, SubmissionError, Unit

__all__ = ["Note", "ReadLimits", "Submission", "SubmissionError", "Unit", "read_submission"]
