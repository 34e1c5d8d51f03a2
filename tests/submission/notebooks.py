"""Notebooks as the programs that students use save them, and ways to write and read them."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from grader.submission import Submission, SubmissionError, read_submission

FORWARD = "def affine_forward(x, w, b):\n    return x @ w + b, (x, w)"
BACKWARD = (
    "def affine_backward(dout, cache):\n    x, w = cache\n    return dout @ w.T, x.T @ dout, dout.sum(axis=0)"
)
SETUP = "%matplotlib inline\nimport numpy as np"
TITLE = "# Homework 1\n\nWrite `affine_forward` and `affine_backward`."


def lines(source: str) -> list[str]:
    """A source as most programs save it: a list, each line with its end."""
    return source.splitlines(keepends=True)


def code(source: str, **more: Any) -> dict[str, Any]:
    """A code cell."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": lines(source),
        **more,
    }


def text(source: str, **more: Any) -> dict[str, Any]:
    """A markdown cell."""
    return {"cell_type": "markdown", "metadata": {}, "source": lines(source), **more}


KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
    "version": "3.11.7",
}
PICTURE = {
    "data": {"image/png": "iVBORw0KGgo=\n", "text/plain": ["<Figure size 640x480 with 1 Axes>"]},
    "metadata": {"needs_background": "light"},
    "output_type": "display_data",
}
WIDGET = {
    "data": {
        "application/vnd.jupyter.widget-view+json": {
            "model_id": "602f",
            "version_major": 2,
            "version_minor": 0,
        },
        "text/plain": ["  0%|          | 0/10 [00:00<?, ?it/s]"],
    },
    "metadata": {},
    "output_type": "display_data",
}
ERROR = {
    "ename": "NameError",
    "evalue": "name 'w' is not defined",
    "output_type": "error",
    "traceback": ["\u001b[0;31m----\u001b[0m", "NameError: name 'w' is not defined"],
}


def jupyterlab() -> dict[str, Any]:
    """nbformat 4.5: every cell has an id; outputs of each kind."""
    notebook = {
        "cells": [
            text(TITLE, id="7c3a5d0e-title"),
            code(SETUP, id="0b5f7f9a", execution_count=1),
            code(FORWARD, id="f3b8ee50", execution_count=2),
            code(
                BACKWARD,
                id="1d0ae1c2",
                execution_count=3,
                metadata={"tags": ["solution"], "scrolled": True, "jupyter": {"source_hidden": False}},
                outputs=[
                    {"name": "stdout", "output_type": "stream", "text": ["ok\n"]},
                    {
                        "data": {"text/plain": ["(4, 3)"]},
                        "execution_count": 3,
                        "metadata": {},
                        "output_type": "execute_result",
                    },
                    PICTURE,
                    WIDGET,
                    ERROR,
                ],
            ),
            code("", id="last"),
        ],
        "metadata": {"kernelspec": dict(KERNEL), "language_info": dict(LANGUAGE)},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return copy.deepcopy(notebook)  # its parts are shared, and tests change theirs


def vscode() -> dict[str, Any]:
    """nbformat 4.2 without ids; a cell's language in its metadata where it is another; no kernelspec."""
    return {
        "cells": [
            text(TITLE),
            code(SETUP),
            code("ls -l\n", metadata={"vscode": {"languageId": "shellscript"}}),
            code(f"{FORWARD}\n\n\n{BACKWARD}", metadata={"vscode": {"languageId": "python"}}),
        ],
        "metadata": {
            "language_info": {"name": "python", "version": "3.12.1"},
            "orig_nbformat": 4,
            "vscode": {
                "interpreter": {"hash": "31f2aee4e71d21fbe5cf8b01ff0e069b9275f58929596ceb00d14d90e3e16cd6"}
            },
        },
        "nbformat": 4,
        "nbformat_minor": 2,
    }


def colab() -> dict[str, Any]:
    """nbformat 4.0, metadata first, ids in the cells' metadata, a form and a widget's state."""
    return {
        "nbformat": 4,
        "nbformat_minor": 0,
        "metadata": {
            "colab": {"provenance": [], "gpuType": "T4", "collapsed_sections": [], "name": "hw1.ipynb"},
            "kernelspec": {"name": "python3", "display_name": "Python 3"},
            "language_info": {"name": "python"},
            "accelerator": "GPU",
            "widgets": {
                "application/vnd.jupyter.widget-state+json": {
                    "602f2688": {"model_module": "@jupyter-widgets/controls", "state": {"_view_count": None}}
                }
            },
        },
        "cells": [
            text(TITLE, metadata={"id": "view-in-github", "colab_type": "text"}),
            code(
                "!pip install -q chainmark\nfrom google.colab import drive\n%cd /content/drive/MyDrive\n",
                metadata={
                    "id": "XU0o_w7y2BQa",
                    "outputId": "4f0e3d4e-9a3b",
                    "colab": {"base_uri": "https://localhost:8080/", "height": 34},
                },
                outputs=[{"output_type": "stream", "name": "stdout", "text": ["/content\n"]}],
            ),
            code(FORWARD, metadata={"id": "aB3"}),
            code(
                f'#@title Backward {{ run: "auto" }}\n{BACKWARD}', metadata={"id": "cD4", "cellView": "form"}
            ),
        ],
    }


def format_3() -> dict[str, Any]:
    """What IPython 0.13 to 2 saved: worksheets, `input`, `pyout`, headings."""
    return {
        "metadata": {"name": "hw1", "signature": "sha256:0"},
        "nbformat": 3,
        "nbformat_minor": 0,
        "worksheets": [
            {
                "cells": [
                    {"cell_type": "heading", "level": 1, "metadata": {}, "source": ["Homework 1"]},
                    {
                        "cell_type": "code",
                        "collapsed": False,
                        "input": lines(FORWARD),
                        "language": "python",
                        "metadata": {},
                        "outputs": [
                            {
                                "metadata": {},
                                "output_type": "pyout",
                                "prompt_number": 1,
                                "text": ["1"],
                            },
                            {"output_type": "stream", "stream": "stderr", "text": ["warned\n"]},
                            {"ename": "E", "evalue": "", "output_type": "pyerr", "traceback": []},
                        ],
                        "prompt_number": 1,
                    },
                    {"cell_type": "code", "collapsed": False, "input": lines(BACKWARD), "language": "python",
                     "metadata": {}, "outputs": []},
                ],
                "metadata": {},
            }
        ],
    }  # fmt: skip


SAVED = {"JupyterLab": jupyterlab, "VS Code": vscode, "Colab": colab, "nbformat 3": format_3}


def write(folder: Path, notebook: Any, name: str = "hw1.ipynb") -> Path:
    """The notebook as a file, laid out as Jupyter does."""
    return write_bytes(folder, (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode(), name)


def write_bytes(folder: Path, content: bytes | str, name: str = "hw1.ipynb") -> Path:
    """A file with this content; folders in its name are made."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(folder: Path, notebook: Any, name: str = "hw1.ipynb") -> Submission:
    """The notebook, written and read; what comes out is checked for what always holds."""
    return whole(read_submission(write(folder, copy.deepcopy(notebook), name)))


def with_cells(*cells: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    """A notebook of JupyterLab with these cells."""
    return {**jupyterlab(), "cells": list(cells), "metadata": {**jupyterlab()["metadata"], **metadata}}


def whole(submission: Submission) -> Submission:
    """The submission, after a look at what holds for each: what the rest of the program relies on."""
    import nbformat

    for unit in submission.units:
        assert unit.source.strip()
        assert unit.label.isprintable()
        assert "\r" not in unit.source
        unit.source.encode("utf-8")
    assert len({unit.label for unit in submission.units}) == len(submission.units)
    contents = dict(submission.notebooks)
    for unit in submission.units:
        if unit.cell is not None:
            assert contents[unit.file]["cells"][unit.cell]["cell_type"] == "code"
    for note in submission.notes:
        assert note.message.isprintable()
        assert len(note.message) <= 200
        assert note.where.isprintable()
    for content in contents.values():
        json.dumps(content, allow_nan=False, ensure_ascii=False).encode("utf-8")
        nbformat.validate(nbformat.from_dict(content))
    assert submission.name.isprintable()
    assert len(submission.sha256) == 64
    return submission


def refused(path: Path, **options: Any) -> str:
    """The line that this path is refused with."""
    with pytest.raises(SubmissionError) as caught:
        read_submission(path, **options)
    said = str(caught.value)
    assert said.isprintable()
    assert len(said) < 700
    return said


def sources(submission: Submission) -> list[str]:
    """The units' sources."""
    return [unit.source for unit in submission.units]


def kinds(submission: Submission) -> list[str]:
    """The kinds of the notes, in order."""
    return [note.kind for note in submission.notes]


def note(submission: Submission, kind: str) -> str:
    """The message of the one note of this kind."""
    (message,) = [n.message for n in submission.notes if n.kind == kind]
    return message
