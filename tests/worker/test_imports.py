"""What `import` gives: what is allowed, the submission's own files, and for all else a stand-in that says so."""

from __future__ import annotations

import sys
import textwrap

import numpy as np
import pytest

from grader.worker.imports import ALLOWED, USES
from grader.worker.steps import Raised
from tests.worker.shared import called, loaded, result

LAYERS = textwrap.dedent(
    '''
    from builtins import range
    from builtins import object
    import numpy as np
    from .layer_utils import *
    from .im2col import *
    try:
        from .im2col_fast import im2col_cython
    except ImportError:
        print("run the following from the course's folder and try again:")
        print("python setup.py build_ext --inplace")
    from . import optim

    def affine_forward(x, w, b):
        """Computes the forward pass of a fully connected layer.

        Inputs:
        - x: an array of shape (N, d_1, ..., d_k)
        """
        out = None
        # *****START OF YOUR CODE*****
        out = x.reshape(x.shape[0], -1).dot(w) + b
        # *****END OF YOUR CODE*****
        cache = (x, w, b)
        return out, cache


    def affine_backward(dout, cache):
        x, w, b = cache
        dx, dw, db = None, None, None
        dx = dout.dot(w.T).reshape(x.shape)
        dw = x.reshape(x.shape[0], -1).T.dot(dout)
        db = np.sum(dout, axis=0)
        return dx, dw, db


    def relu_forward(x):
        prints "shape", x.shape
        return np.maximum(0, x), x


    def conv_forward_im2col(x, w, b, conv_param):
        cols = im2col_indices(x, w.shape[2], w.shape[3], conv_param["pad"], conv_param["stride"])
        return w.reshape(w.shape[0], -1).dot(cols), cols


    def affine_relu(x, w, b):
        a, _ = affine_forward(x, w, b)
        return fast_relu_forward(a)


    def update(w, dw):
        return optim.sgd(w, dw)
    '''
)
IM2COL = "import numpy as np\ndef im2col_indices(x, h, w, pad, stride):\n    return x.reshape(-1, h * w).T\n"
OPTIM = (
    "from .layers import affine_forward\nfrom cs231n import layers as L\ndef sgd(w, dw):\n"
    "    return w - LR * dw\nLR = 0.5\n"
)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_layers_file_as_courses_have_it_loads_with_its_siblings_in_any_order(order):
    files = [("cs231n.layers", LAYERS), ("cs231n.im2col", IM2COL), ("cs231n.optim", OPTIM)]
    modules, texts = zip(*(files[i] for i in order), strict=True)
    wanted = (
        "affine_forward",
        "affine_backward",
        "relu_forward",
        "conv_forward_im2col",
        "update",
        "affine_relu",
    )
    with loaded(*texts, modules=modules, wanted=wanted) as (session, found):
        x, w, b = np.ones((2, 3)), np.ones((3, 2)), np.zeros(2)
        np.testing.assert_array_equal(result(session, "affine_forward", x, w, b)[0], x @ w)
        backward = result(session, "affine_backward", np.ones((2, 2)), (x, w, b))
        assert [g.shape for g in backward] == [(2, 3), (3, 2), (2,)]
        conv = result(
            session,
            "conv_forward_im2col",
            np.ones((1, 1, 2, 2)),
            np.ones((1, 1, 2, 2)),
            0,
            {"pad": 0, "stride": 1},
        )
        np.testing.assert_array_equal(conv[0], [[4.0]])
        np.testing.assert_array_equal(result(session, "update", w, w), w / 2)
        problem = next(p for p in found.problems if p.kind == "syntax")
        assert problem.unit == "cs231n.layers.py"
        assert "print" in problem.text
        assert "relu_forward" not in {d.name for d in found.definitions}
        outcome = called(session, "affine_relu", x, w, b)
        assert outcome.error == "NameError"
        assert ".layer_utils (imported in cs231n.layers.py, line 5)" in outcome.text
        assert dict(found.missing)[".layer_utils"] == "cs231n.layers.py, line 5"


@pytest.mark.parametrize("package", [(), ("cs231n",)], ids=["", "__init__"])
@pytest.mark.parametrize(
    ("line", "use"),
    [
        ("from cs231n import layers as L", "L.g"),
        ("from cs231n import layers", "layers.g"),
        ("import cs231n.layers as L", "L.g"),
        ("import cs231n.layers", "cs231n.layers.g"),
        ("from .. import layers as L", "L.g"),
        ("from cs231n.layers import g as other", "other"),
        ("from cs231n.layers import *", "g"),
    ],
)
def test_a_file_of_the_submission_is_found_in_every_way_to_import_it(line, use, package):
    texts = ("",) * len(package) + (
        "def g(x):\n    return 2 * x\n",
        f"{line}\ndef f(x):\n    return {use}(x)\n",
    )
    with loaded(*texts, modules=(*package, "cs231n.layers", "cs231n.net")) as (session, _):
        assert result(session, "f", 3.0) == 6.0


def test_files_that_import_each_other_find_what_the_other_defines():
    one = (
        "from two import g, K as k\nimport two\ndef f(x):\n    return g(x) + k + two.K\n"
        "def h(x):\n    return 10 * x\n"
    )
    two = "from one import h\nK = 2\ndef g(x):\n    return h(x) + 1\n"
    for texts, modules in (((one, two), ("one", "two")), ((two, one), ("two", "one"))):
        with loaded(*texts, modules=modules) as (session, found):
            assert result(session, "f", 1) == 15
            assert found.problems == found.missing == ()


def test_a_module_that_is_missing_is_named_with_its_line_when_it_is_used():
    text = (
        "import numpy as np\nimport matplotlib.pyplot as plt\nimport torch\n"
        "from torch import nn\ndef f(x):\n    if x > 0:\n        plt.plot(x)\n    if x < 0:\n"
        "        return nn.Linear(1, 1)\n    return x\n"
    )
    with loaded(text) as (session, found):
        assert result(session, "f", 0) == 0
        assert found.problems == ()
        assert dict(found.missing) == {"matplotlib.pyplot": "cell 1, line 2", "torch": "cell 1, line 3"}
        outcome = called(session, "f", 1)
        assert (
            outcome.text == "matplotlib.pyplot.plot is not available in grading (imported in cell 1, line 2)"
        )
        assert outcome.frames[-1].line == 7
        assert (
            called(session, "f", -1).text
            == "torch.nn is not available in grading (imported in cell 1, line 4)"
        )


@pytest.mark.parametrize(
    "use",
    [
        "m()",
        "m[0]",
        "m + 1",
        "1 + m",
        "m @ m",
        "m == 1",
        "m < 1",
        "bool(m)",
        "len(m)",
        "list(m)",
        "float(m)",
        "np.array(m)",
        "np.asarray([m])",
        "np.add(m, 1)",
        "np.sum(m)",
        "isinstance(1, m)",
        "str(m)",
        "f'{m}'",
        "-m",
        "m ** 2",
        "1 in m",
        "m.a",
        "setattr(m, 'a', 1)",
        "np.ones(2) * m",
    ],
)
def test_every_use_of_what_is_missing_says_that_it_is_missing(use):
    with loaded(f"import numpy as np\nfrom nowhere import m\ndef f(x):\n    return {use}") as (session, _):
        outcome = called(session, "f", 1)
        assert isinstance(outcome, Raised), outcome
        assert outcome.text == "nowhere.m is not available in grading (imported in cell 1, line 2)"
    assert "getattr" not in USES.split()


def test_a_class_of_a_missing_base_and_a_missing_decorator_lose_only_themselves():
    text = (
        "import torch.nn as nn\nfrom numba import njit\nclass Net(nn.Module):\n    pass\n"
        "@njit\ndef g(x):\n    return x\ndef f(x):\n    return x\n"
    )
    with loaded(text, wanted=("f", "g")) as (session, found):
        assert result(session, "f", 1) == 1
        assert [p.line for p in found.problems] == [3, 5]
        assert all("is not available in grading" in p.text for p in found.problems)


def test_annotations_are_not_computed():
    text = (
        "import torch\nfrom jaxtyping import Float\n"
        "def f(x: Float[torch.Tensor, 'N D'] | None = None) -> torch.nn.Module:\n"
        "    y: torch.Tensor = x\n    return y\n"
    )
    with loaded(text) as (session, found):
        assert result(session, "f", 1) == 1
        assert found.problems == ()


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    import torch\n    HAVE = True\nexcept ImportError:\n    HAVE = False",
        "try:\n    import torch\nexcept ModuleNotFoundError:\n    torch = None\nHAVE = torch is not None",
        "try:\n    import torch as HAVE\nexcept:\n    HAVE = False",
        "from contextlib import suppress\nHAVE = False\nwith suppress(ImportError):\n    import torch as HAVE",
        (
            "def have():\n    try:\n        import torch\n    except (ValueError, ImportError):\n"
            "        return False\n    return True\nHAVE = have()"
        ),
    ],
)
def test_a_guarded_import_sees_that_the_module_is_not_there(text):
    with loaded(f"{text}\ndef f(x):\n    return HAVE") as (session, found):
        assert result(session, "f", 1) is False
        assert found.problems == ()


def test_standard_modules_and_all_of_numpy_are_there():
    names = sorted(
        ALLOWED - {"typing_extensions"}
        | {"numpy.linalg", "numpy.fft", "numpy.random", "numpy.testing", "collections.abc", "os.path"}
    )
    text = "\n".join(f"import {name}" for name in names)
    star = "from numpy import *\nfrom math import *\nfrom numpy.linalg import norm, inv as inverse\n"
    use = "def f(x):\n    return numpy.linalg.norm(ones(4)), norm(ones(4)), os.path.basename('a/b')"
    with loaded(f"{text}\n{star}{use}") as (session, found):
        assert result(session, "f", 1) == (2.0, 2.0, "b")
        assert found.missing == found.problems == ()


def test_a_module_is_available_once_the_assignment_allows_it():
    text = "import wave\ndef f(x):\n    return wave.__name__ + str(bool(wave.open))"
    with loaded(text) as (session, _):
        assert called(session, "f", 1).error == "NotAvailableError"
    with loaded(text, allowed=("wave",)) as (session, _):
        assert result(session, "f", 1) == "waveTrue"


def test_an_allowed_module_that_is_not_installed_is_missing_like_any_other():
    with loaded(
        "import no_such_module_here as m\ndef f(x):\n    return m.x", allowed=("no_such_module_here",)
    ) as (session, _):
        assert "no_such_module_here" in called(session, "f", 1).text


@pytest.mark.parametrize("name", ["reference", "exercises", "reference.affine", "tests", "notebooks"])
def test_the_graders_own_modules_are_not_available(name):
    with loaded(
        f"import {name} as m\nfrom {name} import *\ndef f(x):\n    return m.affine", allowed=(name,)
    ) as (session, _):
        assert "is not available in grading" in called(session, "f", 1).text


def test_import_functions_called_by_hand_give_no_more():
    text = textwrap.dedent(
        """
        import importlib
        def f(x):
            return __import__("reference").affine
        def g(x):
            return importlib.import_module("reference")
        def h(x):
            return __import__("math").sqrt(x)
        """
    )
    with loaded(text, wanted=("f", "g", "h")) as (session, _):
        assert called(session, "f", 1).error == "NotAvailableError"
        assert called(session, "g", 1).error == "NotAvailableError"
        assert result(session, "h", 4.0) == 2.0


def test_a_file_called_like_a_numpy_submodule_does_not_stand_for_it():
    with loaded(
        "def f(x):\n    import numpy.random\n    return numpy.random.__name__",
        "K = 1",
        modules=("hw", "random"),
    ) as (session, _):
        assert result(session, "f", 1) == "numpy.random"


def test_a_file_of_the_submission_called_grader_keeps_its_own_functions():
    one, two = (
        "from grader import check, g\ncheck('f')\ndef f(x):\n    return g(x), check('f') is None\n",
        "def g(x):\n    return x + 1\n",
    )
    with loaded(one, two, modules=("hw", "grader")) as (session, found):
        assert result(session, "f", 1) == (2, False)
        assert found.problems == ()


def test_a_session_leaves_no_module_behind():
    before = set(sys.modules)
    with loaded("def f(x):\n    return x"):
        pass
    assert {name for name in set(sys.modules) - before if name.startswith("submission_")} == set()


BRIDGED = """
from __future__ import print_function
from builtins import range
from past.builtins import xrange
from six.moves import xrange as six_range, zip
def f(x):
    return [a * b for a, b in zip(xrange(3), six_range(1, 4))] + list(range(x))
"""


@pytest.mark.parametrize("guard", [False, True])
def test_what_bridges_python_2_and_3_is_there_and_is_not_told_as_missing(guard):
    line = "from past.builtins import xrange\n"
    guarded = "try:\n    from past.builtins import xrange\nexcept ImportError:\n    xrange = None\n"
    with loaded(BRIDGED.replace(line, guarded) if guard else BRIDGED) as (session, found):
        assert result(session, "f", 2) == [0, 2, 6, 0, 1]
        assert found.missing == found.problems == ()


def test_what_such_packages_have_besides_is_missing_like_anything_else_and_takes_nothing_along():
    text = (
        "from past.builtins import xrange, raw_input\nfrom six.moves import urllib\nimport six\n"
        "def f(x):\n    return list(xrange(x)) if x else raw_input()\n"
        "def g(x):\n    return six.moves.xrange(x)[-1]\n"
    )
    with loaded(text, wanted=("f", "g")) as (session, found):
        assert result(session, "f", 2) == [0, 1]
        assert result(session, "g", 4) == 3
        said = called(session, "f", 0).text
        assert said == "past.builtins.raw_input is not available in grading (imported in cell 1, line 1)"
        assert set(dict(found.missing)) == {"past.builtins", "six.moves", "six"}


def test_a_star_and_a_whole_module_of_what_bridges_give_the_same_names():
    text = (
        "from past.builtins import *\nimport past.builtins\nimport six.moves as moves\n"
        "def f(x):\n    return [*xrange(x), *past.builtins.xrange(x), *moves.range(x)]\n"
    )
    with loaded(text) as (session, _):
        assert result(session, "f", 2) == [0, 1, 0, 1, 0, 1]


def test_a_file_of_the_submission_called_six_stands_for_itself():
    with loaded("from six import k\ndef f(x):\n    return k", "k = 6\n", modules=("hw", "six")) as (
        session,
        _,
    ):
        assert result(session, "f", 1) == 6
