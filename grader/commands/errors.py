"""Bad input to a command: one line for the person at the terminal, exit code 2."""

from __future__ import annotations

import click


class BadInputError(click.ClickException):
    """What is wrong and what to do about it, remembering which command was asked."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.ctx = click.get_current_context(silent=True)
