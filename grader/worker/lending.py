"""Values of ours under names of the student's own, for as long as one message is run."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Protocol

from grader.worker.imports import Later, Missing

_NOTHING = object()
"""In the place of a value under a name that was not there."""


class Holder(Protocol):
    """Whoever has the student's namespace, which may become another one."""

    namespace: dict[str, Any]


class Lent:
    """What was lent, and what stood there before."""

    def __init__(self, holder: Holder) -> None:
        self.holder = holder
        self._before: dict[str, Any] = {}

    def lend(self, name: str, value: Any) -> None:
        """A value of ours under a name of theirs, until the message ends."""
        names = self.holder.namespace
        self._before.setdefault(name, names.get(name, _NOTHING))
        names[name] = value

    def take_back(self) -> None:
        """Their own values again under all names that were lent."""
        names = self.holder.namespace
        for name, theirs in self._before.items():
            if theirs is _NOTHING:
                names.pop(name, None)
            else:
                names[name] = theirs
        self._before.clear()


class Names:
    """The submission's names, for code of ours: whatever it gives one is taken back when the message ends."""

    def __init__(self, lent: Lent) -> None:
        self._lent = lent

    def get(self, name: str) -> Any:
        """What has this name; None for what is not there, or comes from a module that is not."""
        found = self._lent.holder.namespace.get(name)
        return None if type(found) in (Missing, Later) else found

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def __getitem__(self, name: str) -> Any:
        """What has this name. Raises NameError, as the student's own code would."""
        if name not in self:
            raise NameError(f"name {name!r} is not defined")
        return self.get(name)

    def __setitem__(self, name: str, value: Any) -> None:
        self._lent.lend(name, value)


def called_like(theirs: Any, ours: Callable[..., Any]) -> Callable[..., Any]:
    """Ours, called by position also where theirs would be called by the names of its parameters."""

    def stand_in(*args: Any, **named: Any) -> Any:
        if not named:
            return ours(*args)
        try:
            return ours(*inspect.signature(theirs).bind(*args, **named).args)
        except (TypeError, ValueError):
            return ours(*args, *named.values())

    return stand_in
