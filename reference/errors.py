"""What the reference says when it is called wrongly: one line that names the node or argument."""

from __future__ import annotations


class InputError(ValueError):
    """An argument does not fit: which one, what was expected, what came instead."""

    def __init__(self, subject: str, argument: str, expected: str, got: str) -> None:
        super().__init__(f"{subject}: {argument} must be {expected}, got {got}")
        self.subject = subject
        self.argument = argument
        self.expected = expected
        self.got = got


class GraphError(ValueError):
    """A graph that cannot be built or evaluated, with the nodes it is about."""

    def __init__(self, message: str, *, nodes: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.nodes = nodes


class FormulaError(GraphError):
    """A formula that is not one: where it stops making sense (column, from 1) and what is allowed."""

    def __init__(self, message: str, *, column: int | None = None) -> None:
        super().__init__(message if column is None else f"{message} (column {column})")
        self.column = column
