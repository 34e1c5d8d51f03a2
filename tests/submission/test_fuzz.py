"""Whatever the bytes, a submission or a SubmissionError comes out, and what comes out is fit for the rest."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from grader.submission import SubmissionError, read_submission
from tests.submission.notebooks import FORWARD, SAVED, jupyterlab, whole
from tests.submission.test_archives import packed

OFTEN = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read_or_refuse(content: bytes, name: str) -> bool:
    """Whether it was read. Any other error than ours, or anything unfit that comes out, fails the test."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        try:
            submission = read_submission(path)
        except SubmissionError as refusal:
            said = str(refusal)
        else:
            whole(submission)
            return True
        assert said.isprintable()
        return False


@OFTEN
@given(st.binary(max_size=300), st.sampled_from(["a.ipynb", "a.py", "a.zip", "a"]))
@example(b"\xff\xfe\0\xd8", "a.ipynb")
@example(b"\0\0\0", "a.ipynb")
@example(b'"', "a.ipynb")
@example(b'{"cells": [{}]}', "a.ipynb")
def test_any_bytes(content, name):
    read_or_refuse(content, name)


WORDS = ["code", "raw", "markdown", "heading", "stream", "error", "execute_result", FORWARD, "%cd\n", "a\r"]
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(WORDS)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def places(value, here=()):
    """Every place in a JSON value, as keys from the top."""
    yield here
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        yield from places(item, (*here, key))


@OFTEN
@given(st.data(), st.sampled_from(sorted(SAVED)))
def test_a_notebook_with_anything_anywhere(data, program):
    """Three places of a real notebook are replaced by another value or taken away."""
    notebook = SAVED[program]()
    for _ in range(3):
        *outer, last = data.draw(st.sampled_from([p for p in places(notebook) if p]))
        holder = notebook
        for key in outer:
            holder = holder[key]
        if data.draw(st.booleans()):
            holder[last] = data.draw(VALUES)
        else:
            del holder[last]
    read_or_refuse(json.dumps(notebook).encode(), "hw1.ipynb")


@OFTEN
@given(st.data(), st.sampled_from(sorted(SAVED)))
def test_a_notebook_s_text_cut_doubled_and_damaged(data, program):
    content = bytearray(json.dumps(SAVED[program](), indent=1).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(0, len(content) - 1)))
        end = min(len(content), at + data.draw(st.integers(0, 200)))
        what = data.draw(st.sampled_from(["drop", "double", "put", "cut", "conflict"]))
        if what == "drop":
            del content[at:end]
        elif what == "double":
            content[at:at] = content[at:end]
        elif what == "put":
            content[at:at] = data.draw(
                st.sampled_from([b'"', b"[", b"}", b"\\", b"\0", b"\xff", b",", b"NaN", b"\n"])
            )
        elif what == "cut":
            del content[max(at, 200) :]
        else:
            content[at:end] = b"\n<<<<<<< a\n" + content[at:end] + b"\n=======\n\n>>>>>>> b\n"
    read_or_refuse(bytes(content), "hw1.ipynb")


@OFTEN
@given(st.data())
def test_an_archive_with_any_byte_changed(data):
    content = bytearray(packed([("a/layers.py", FORWARD), ("hw1.ipynb", json.dumps(jupyterlab()))]))
    for _ in range(data.draw(st.integers(1, 6))):
        # Headers and the table of contents are where the meaning is.
        near = data.draw(st.sampled_from([b"PK\3\4", b"PK\1\2", b"PK\5\6"]))
        at = max(content.rfind(near), 0) + data.draw(st.integers(0, 60))
        if at < len(content):
            content[at] = data.draw(st.integers(0, 255))
    read_or_refuse(bytes(content), "hw1.zip")


@OFTEN
@given(st.text(max_size=200), st.sampled_from(["utf-8", "utf-16", "latin-1", "cp1252", "utf-7"]))
def test_any_text_as_a_python_file(text, encoding):
    read_or_refuse(f"# coding: {encoding}\n{text}".encode(encoding, "replace"), "a.py")


def test_the_fuzzer_would_notice_an_unfit_result(monkeypatch):
    """If nothing were repaired, the notebooks with something wrong in them would not pass."""
    monkeypatch.setattr("grader.submission.shapes._outputs", lambda outputs, _: outputs)
    notebook = jupyterlab()
    notebook["cells"][1]["outputs"] = [{"output_type": "telepathy"}]
    with pytest.raises(Exception, match="telepathy"):
        read_or_refuse(json.dumps(notebook).encode(), "hw1.ipynb")
    assert read_or_refuse(json.dumps(jupyterlab()).encode(), "hw1.ipynb")
