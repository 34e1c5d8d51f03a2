"""Feedback in the student's own notebook: the findings below the cells they are about, as .ipynb and as a page."""

from grader.report.feedback.notebook import annotated, without_feedback
from grader.report.feedback.write import feedback_html, write_feedback

__all__ = ["annotated", "feedback_html", "without_feedback", "write_feedback"]
