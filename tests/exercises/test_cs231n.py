"""The bundled assignments for CS231n's files: right files get full marks as they are, silent bugs lose their own.

The files in `cs231n/` are ours, in the style in which students fill in that course's: loops, star imports between
files, placeholders that are overwritten, a module that is not there.
"""

from __future__ import annotations

import json
import shutil
import tomllib
import zipfile
from pathlib import Path

import pytest

from exercises import __file__ as exercises_file
from grader.assignment import read_assignment
from grader.findings import Verdict
from tests.commands.shared import here, really
from tests.exercises.shared import ALL, BY_ID
from tests.exercises.test_graded import graded
from tests.grading.shared import judged
from tests.runner.levels import runner

HERE = Path(__file__).parent / "cs231n"
FOLDER = Path(exercises_file).parent / "assignments"
IDS = ("cs231n-a1", "cs231n-a2", "cs231n-a3")


def files(id):
    return HERE / id[-2:]


def text(place):
    return (HERE / place).read_text(encoding="utf-8")


def report(*arguments):
    _, stdout, _ = here(*arguments, "--json")
    return json.loads(stdout)


def marks(found):
    return {one["id"]: (one["score"], one["max_score"]) for one in found["exercises"]}


@pytest.mark.parametrize("id", IDS)
def test_right_files_in_the_courses_own_layout_get_full_marks(id):
    found = report(files(id), "--assignment", FOLDER / f"{id}.toml")
    assert found["assignment"]["id"] == id
    assert len(found["exercises"]) == len(tomllib.loads((FOLDER / f"{id}.toml").read_text())["exercises"])
    assert [one for one, (points, most) in marks(found).items() if points != most] == []


def test_a_zip_is_as_good_as_a_folder_and_the_seal_changes_nothing(tmp_path):
    path = tmp_path / "hw3.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(files("cs231n-a3").rglob("*.py")):
            archive.write(file, file.relative_to(files("cs231n-a3")))
    ended = really("check", path, "--assignment", FOLDER / "cs231n-a3.toml", "--json")
    assert ended.returncode == 0, ended.stderr
    assert all(points == most for points, most in marks(json.loads(ended.stdout)).values())


@pytest.mark.parametrize("id", IDS)
def test_an_assignment_asks_only_for_functions_that_the_courses_files_define(id):
    known = {exercise.id: exercise.worth for exercise in ALL}
    assignment = read_assignment(FOLDER / f"{id}.toml", known=known)
    sources = "\n".join(path.read_text(encoding="utf-8") for path in sorted(files(id).rglob("*.py")))
    for entry in assignment.exercises:
        for function in BY_ID[entry.id].functions:
            assert f"def {function}(" in sources or f"class {function}(" in sources, (entry.id, function)


def test_an_unfinished_file_is_not_started_where_it_is_and_judged_elsewhere(tmp_path):
    """As the course hands it out: results are None until somebody fills them in."""
    shutil.copytree(files("cs231n-a3"), tmp_path / "hw")
    path = tmp_path / "hw" / "cs231n" / "rnn_layers.py"
    source = path.read_text(encoding="utf-8")
    for name in ("rnn_step_forward", "word_embedding_forward"):
        start = source.index(f"def {name}(")
        end = source.index("    return", start)
        head = source.index("\n", start) + 1
        nothing = "    next_h = None\n" if name.startswith("rnn") else "    out = None\n"
        source = source[:head] + nothing + "    cache = None\n" + source[end:]
    path.write_text(source, encoding="utf-8")
    found = report(tmp_path / "hw", "--assignment", FOLDER / "cs231n-a3.toml")
    status = {one["id"]: one["status"] for one in found["exercises"]}
    assert status["rnn_step"] == status["word_embedding"] == "not_started"
    assert marks(found)["lstm"] == (9, 9)


A1 = "a1/cs231n/layers.py"
SVM = "a1/cs231n/classifiers/linear_svm.py"
SOFTMAX = "a1/cs231n/classifiers/softmax.py"
A2 = "a2/cs231n/layers.py"
OPTIM = "a2/cs231n/optim.py"
A3 = "a3/cs231n/rnn_layers.py"

SILENT = [
    # reg: the penalty in the loss and not in the gradient, half of it, the mean of it
    (SVM, "svm_loss_naive", "    dW += 2 * reg * W\n", "", {"dW"}),
    (SVM, "svm_loss_naive", "    dW += 2 * reg * W\n", "    dW += reg * W\n", {"dW"}),
    (SVM, "svm_loss_vectorized", "dW / num_train + 2 * reg * W", "(dW + 2 * reg * W) / num_train", {"dW"}),
    (SOFTMAX, "softmax_loss_vectorized", "    loss += reg * np.sum(W**2)\n", "", {"loss"}),
    (SOFTMAX, "softmax_loss_vectorized", "2 * reg * W\n    return", "reg * W\n    return", {"dW"}),
    # no shift: right on the course's scores, nan at 1000
    (SOFTMAX, "softmax_loss_naive", "        scores -= np.max(scores)\n", "", {"loss", "dW"}),
    # a write to a copy: the label's -1 never arrives
    (SOFTMAX, "softmax_loss_vectorized", "    dscores[np.arange(num_train), y] -= 1\n",
     "    dscores[np.arange(num_train)][:, y] -= 1\n", {"dW"}),
    # a backward that looks away
    (A1, "affine", "    db = dout.sum(axis=0)\n", "    db = np.ones(dout.shape[1])\n", {"db"}),
    (A1, "relu", "    dx = dout * (x > 0)\n", "    dx = dout * (dout > 0)\n", {"dx"}),
    (A1, "svm_loss", "    dx[np.arange(N), y] -= num_pos\n", "    dx[np.arange(N), y] -= 1\n", {"dx"}),
    # padding 0: an empty slice
    (A2, "conv", "dx_pad[:, :, pad : pad + H, pad : pad + W]", "dx_pad[:, :, pad:-pad, pad:-pad]", {"dx"}),
    # height and width confused
    (A2, "conv", "W_out = 1 + (W + 2 * pad - WW) // stride", "W_out = H_out", None),
    (A2, "max_pool", "    W_out = 1 + (W - pw) // stride\n", "    W_out = 1 + (H - ph) // stride\n", None),
    # windows that overlap
    (A2, "max_pool", "dx[n, c, i * stride + r, j * stride + s] += dout",
     "dx[n, c, i * stride + r, j * stride + s] = dout", {"dx"}),
    # / for //, the remains of Python 2
    (A2, "conv", "(H + 2 * pad - HH) // stride", "(H + 2 * pad - HH) / stride", None),
    # a precedence, and an epsilon that is dropped where the variance is tiny
    (A2, "batchnorm", "(-0.5) * std ** (-3)", "(-0.5) * (std**2) ** -3 / 2", {"dx"}),
    (A2, "batchnorm", "        std = np.sqrt(sample_var + eps)\n", "        std = np.sqrt(sample_var) + eps\n",
     None),
    (A2, "layernorm", "    std = np.sqrt(var + eps)\n    x_hat = (x - mu) / std\n    out = x_hat * gamma",
     "    std = np.sqrt(var)\n    x_hat = (x - mu) / std\n    out = x_hat * gamma", None),
    # shapes that broadcasting hides
    (A2, "batchnorm", "    dgamma = np.sum(dout * x_hat, axis=0)\n",
     "    dgamma = np.sum(dout * x_hat, axis=0, keepdims=True)\n", {"dgamma"}),
    # test mode: forward leaves alone what backward scales
    (A2, "dropout", '    elif mode == "test":\n        dx = dout\n',
     '    elif mode == "test":\n        dx = dout * dropout_param["p"]\n', {"dx"}),
    # training mode, over many masks: no 1/p, and a new mask on the way back
    (A2, "dropout_trial", "(np.random.rand(*x.shape) < p) / p", "np.random.rand(*x.shape) < p", {"expectation"}),
    (A2, "dropout_trial", "        dx = dout * mask\n",
     '        p = dropout_param["p"]\n        dx = dout * (np.random.rand(*dout.shape) < p) / p\n', {"dx"}),
    (A2, "adam", 'config["t"] += 1\n', 'config["t"] += 2\n', None),
    (A2, "spatial_groupnorm", "dgamma = np.sum(dout * x_norm, axis=(0, 2, 3), keepdims=True)",
     "dgamma = np.sum(dout * x_norm, axis=(0, 2, 3))", {"dgamma"}),
    # sequences
    (A3, "word_embedding", "    np.add.at(dW, x, dout)\n", "    dW[x] += dout\n", {"dW"}),
    (A3, "lstm_step", "dprev_c = dnext_c_total * f", "dprev_c = dnext_c * f", {"dprev_c"}),
    (A3, "rnn", "dnext_h = dh[:, t, :] + dprev_h", "dnext_h = dh[:, t, :]", {"dx", "dh0", "dWx", "dWh", "db"}),
    (A3, "rnn_step", "dprev_h = np.dot(dtanh, Wh.T)", "dprev_h = np.dot(dtanh, Wh)", {"dprev_h"}),
    (A3, "temporal_softmax_loss", "    dx_flat *= mask_flat[:, None]\n", "", {"dx"}),
]  # fmt: skip


@pytest.mark.parametrize(("place", "id", "right", "wrong", "nodes"), SILENT)
def test_a_bug_that_fails_in_silence_loses_the_marks_of_its_own_nodes(place, id, right, wrong, nodes):
    """`nodes` None: a forward that is wrong or raises takes what depends on it along."""
    source = text(place if id != "adam" else OPTIM)
    assert source.count(right) >= 1
    checked = graded(BY_ID[id], source.replace(right, wrong))
    failed = {name for name, node in checked.nodes.items() if node.verdict is Verdict.FAIL}
    assert failed == nodes if nodes is not None else failed
    assert not checked.not_started


def test_a_mutated_upstream_is_said_and_costs_marks():
    source = text(A1).replace("    dx = dout * (x > 0)\n", "    dx = dout\n    dx[x <= 0] = 0\n")
    checked = graded(BY_ID["relu"], source)
    assert any(finding.verdict is Verdict.FAIL for finding in checked.findings)


EQUIVALENT = [
    # d(var)/d(mean) is 0, since the deviations sum to 0
    (A2, "batchnorm", " + dvar * np.mean(-2.0 * (x - mean), axis=0)", ""),
    (A2, "max_pool", "                    r, s = np.unravel_index(np.argmax(window), window.shape)\n"
     "                    dx[n, c, i * stride + r, j * stride + s] += dout[n, c, i, j]\n",
     "                    dx[n, c, i * stride : i * stride + ph, j * stride : j * stride + pw] += (\n"
     "                        window == np.max(window)) * dout[n, c, i, j] / np.sum(window == np.max(window))\n"),
    (SVM, "svm_loss_naive", "            if margin > 0:", "            if margin >= 0:"),
    (A1, "relu", "dout * (x > 0)", "np.where(x >= 0, dout, 0)"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "id", "right", "wrong"), EQUIVALENT)
def test_what_is_right_in_another_way_costs_nothing(place, id, right, wrong):
    source = text(place)
    assert right in source
    checked = graded(BY_ID[id], source.replace(right, wrong))
    assert {node.verdict for node in checked.nodes.values()} == {Verdict.PASS}


OLDER = {
    "past": "from past.builtins import xrange\n",
    "six": "from six.moves import xrange\n",
    "guarded": "try:\n    xrange\nexcept NameError:\n    from past.builtins import xrange\n",
}


@pytest.mark.parametrize("kind", ["in-process", "A"])
@pytest.mark.parametrize("name", OLDER)
def test_an_older_file_that_counts_with_xrange_gets_full_marks(name, kind):
    source = text(SVM).replace("from past.builtins import xrange\n", OLDER[name])
    source = source.replace(" in range(", " in xrange(")
    assert "in xrange(" in source
    checked = judged(BY_ID["svm_loss_naive"], source, runner=runner(kind))
    assert {node.verdict for node in checked.nodes.values()} == {Verdict.PASS}


def test_the_file_of_a_bundled_assignment_is_called_after_its_id():
    for id in IDS:
        assert tomllib.loads((FOLDER / f"{id}.toml").read_text())["assignment"]["id"] == id
