"""Where the random inputs of a case come from: one generator for each (seed, exercise, case), in any order."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

import numpy as np

from grader.report.report import Seed

PRACTICE = b"chainmark practice"


@dataclass(frozen=True, slots=True)
class SeedSource:
    """Makes generators. In practice from a public seed; for grading from a key that stays with the course."""

    secret: bytes
    kind: str = "practice"
    id: str = "public"

    @classmethod
    def practice(cls) -> SeedSource:
        """The public seed: the same inputs for everybody, every time."""
        return cls(PRACTICE)

    @classmethod
    def grading(cls, key: bytes, *, assignment: str, student: str, attempt: str = "1") -> SeedSource:
        """From HMAC(course key, assignment, student, attempt); the id names the key without giving it away."""
        parts = b"\0".join(part.encode() for part in (assignment, student, attempt))
        secret = hmac.new(key, parts, hashlib.sha256).digest()
        return cls(secret, "grading", hashlib.sha256(b"chainmark key id\0" + key).hexdigest()[:12])

    @classmethod
    def personal(cls, assignment: str, student: str) -> SeedSource:
        """For papers that each student has alone: anybody who knows both can draw them again."""
        return cls(f"{assignment}\0{student}".encode(), "paper", "personal")

    def rng(self, *names: str) -> np.random.Generator:
        """The generator for these names (exercise, case, attempt)."""
        text = "\0".join(names).encode()
        digest = hmac.new(self.secret, text, hashlib.sha256).digest()
        return np.random.default_rng(int.from_bytes(digest[:16], "little"))

    @property
    def named(self) -> Seed:
        """As it stands in the report."""
        return Seed(self.kind, self.id)
