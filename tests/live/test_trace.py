"""trace() in a notebook: the graph with a step control, numbers that appear when they are computed."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from grader import trace
from grader.picture.stepper import MOST_STEPS, stepped
from grader.picture.steps import Pass, timeline
from tests.live.shells import CHROMIUM, page, said
from tests.trace.examples import EXAMPLES, drawn, traced

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: the control is not worked")
VOID = {"input", "img", "br"}


def product(**more):
    return trace("(x + y)*z", x=-2, y=5, z=-4, **more)


class Balanced(HTMLParser):
    """Raises unless every tag is closed in its turn; collects tags, attributes and text."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.attributes, self.text = [], [], [], ""
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.text += data


def test_the_name_in_the_package_is_the_function_whatever_was_imported_before():
    """A submodule of this name would take its place as soon as anything imported it."""
    code = "import grader.passes, grader.live; from grader import trace; print(trace('x', x=3).passes.output)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "x\n"


def test_without_html_it_is_what_the_command_shows():
    text = repr(product())
    assert "Forward: ▸ values" in text
    assert "◂ -4" in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda: trace("x*y", x=1), "no value for y; add for example y=2"),
        (lambda: trace("x*y*z", x=1), "no value for y, z; add for example y=2, z=-1"),
        (lambda: trace("x*y", x=1, y=2, q=3), "q is not in the formula"),
        (lambda: trace("x*y", x="a", y=2), "x must be a number, such as x=0.5, not 'a'"),
        (lambda: trace("x*y", x=float("nan"), y=2), "not a finite number"),
        (lambda: trace("x*", x=1), "syntax"),
        (lambda: trace("1/x", x=0), "give other values"),
        (lambda: trace(3), "trace takes a formula as text"),
        (lambda: trace("x", x=1, digits=0), "digits must be a whole number from 1 to 17, not 0"),
        (lambda: trace("x", x=1, sigmoid="round"), "sigmoid must be one of 'as-written', 'fused', 'gates'"),
    ],
)
def test_what_cannot_be_traced_is_one_line_and_no_traceback(call, line):
    found = call()
    assert line in repr(found)
    assert "\n" not in repr(found)
    assert not found


def test_names_that_the_function_has_itself_are_given_in_a_dictionary():
    assert trace("digits*x", {"digits": 3, "x": 2}).passes.nodes[-1].value == 6


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "forty nodes"])
def test_every_number_appears_once_what_it_is_made_of_is_there(name):
    passes = traced(name)
    line = timeline(passes, digits=4)
    value = dict(zip((node.name for node in passes.nodes), line.value_at, strict=True))
    gradient = dict(zip((node.name for node in passes.nodes), line.gradient_at, strict=True))
    turn = next(number for number, step in enumerate(line.steps) if step.direction is Pass.TURN)
    for node in passes.nodes:
        for argument in node.arguments:
            if isinstance(argument, str):
                assert value[argument] < value[node.name] <= turn
    for wire, sent in zip(passes.wires, line.sent_at, strict=True):
        assert (sent is None) == (wire.target not in passes.on_path)
        if sent is not None:
            assert gradient[wire.target] < sent <= gradient[wire.source] < len(line.steps)
    sent = sorted(at for at in line.sent_at if at is not None)
    assert sent == list(range(turn + 1, len(line.steps)))


def test_a_step_says_its_gate_or_wire_and_the_numbers_in_it():
    steps = [" | ".join([step.heading, *step.lines]) for step in timeline(traced("fan-outs"), digits=4).steps]
    assert steps[2] == "Forward, gate 2 of 5: y | y = r × s = 2 × 3 = 6"
    assert steps[9] == "Backward, wire 3 of 8: from the gate × to x | upstream × local = 3 × 6 = 18"
    assert steps[12].endswith("r is used 2 times: 1 more wire to come.")
    assert steps[14].endswith("What came back adds up: 18 + 18 = 36")


def test_a_leaf_on_no_path_is_said_to_have_no_gradient():
    steps = timeline(traced("a leaf on no path"), digits=4).steps
    assert "v, a: on no path to the output, so the gradient is 0." in steps[3].lines


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_fragment_is_well_formed_and_asks_nobody_for_anything(name):
    html = stepped(drawn(name), timeline(traced(name), digits=4), key="k")
    found = Balanced(html)
    assert "script" not in found.tags
    addresses = [value for key, value in found.attributes if key in ("src", "href")]
    assert addresses
    assert all(value.startswith("data:image/svg+xml;base64,") for value in addresses)
    assert not re.search(r"url\(|@import", html)
    assert [key for key, _ in found.attributes if key.startswith("on")] == []


def test_names_of_a_hostile_formula_stay_text():
    html = trace("a = x; b = a*x", {"x": 2})._repr_html_()
    assert "<b" in html
    drawing = drawn("product of a sum")
    attack = '"><script>document.title="out"</script><style>*{display:none}</style>'
    hostile = type(drawing)(attack, drawing.output, drawing.boxes, drawing.wires)
    found = Balanced(stepped(hostile, timeline(traced("product of a sum"), digits=4), key="k"))
    assert "script" not in found.tags
    assert found.tags.count("style") == 2
    assert attack in found.text


def test_the_same_formula_twice_on_a_page_has_two_controls_of_its_own():
    names = [set(re.findall(r'name="([^"]+)"', product()._repr_html_())) for _ in range(2)]
    assert [len(name) for name in names] == [1, 1]
    assert names[0] != names[1]


def test_where_style_is_taken_out_a_still_picture_and_the_words_remain():
    """What a sanitiser leaves: no style, no drawing, and what is hidden stays hidden by itself."""
    html = product()._repr_html_()
    still = html[html.index('<p class="still">') : html.index('<div class="stage"')]
    assert 'alt="Computational graph of (x + y)*z: x: value -2, gradient -4;' in still
    assert '<div class="stage" hidden="hidden" style="display:none">' in html
    assert "Backward, wire 1 of 4" in html[html.index("<details>") :]


def test_a_computation_too_long_to_click_through_is_a_still_picture_with_its_steps_in_words():
    links = 130
    long = "; ".join(["a0 = x + 1", *(f"a{k} = a{k - 1} + 1" for k in range(1, links))])
    html = trace(long, x=0)._repr_html_()
    assert links * 2 > MOST_STEPS
    assert "<input" not in html
    assert "<img" in html
    assert f"gate {links} of {links}" in html


WORK = """
const root = document.querySelector('.chainmark-steps'), radios = [...root.querySelectorAll('input')];
const seen = e => Number(getComputedStyle(e).opacity);
const numbers = () => [...root.querySelectorAll('.stage svg .from')].filter(e => seen(e) === 1)
  .map(e => e.textContent).join(' ');
const words = () => [...root.querySelectorAll('.step')].filter(e => getComputedStyle(e).visibility === 'visible')
  .map(e => e.querySelector('b').textContent).join('|');
const lit = () => [...root.querySelectorAll('.stage svg .now')].filter(e => seen(e) > 0)
  .map(e => e.getAttribute('class').split(' ')[1]);
const still = root.querySelector('.still').offsetHeight, stage = root.querySelector('.stage').offsetHeight;
"""


@needs_chromium
def test_in_a_browser_a_step_shows_its_numbers_and_its_words_and_no_others(tmp_path):
    script = (
        WORK
        + """
    const out = [`${still} ${stage > 100}`, `${numbers()} / ${words()} / ${lit().length}`];
    [...root.querySelectorAll('.step.s0 label')].pop().click();
    out.push(`${numbers()} / ${words()} / ${[...new Set(lit())]}`);
    radios[4].click();
    out.push(`${numbers()} / ${words()} / ${[...new Set(lit())]}`);
    radios[7].click();
    out.push(numbers());
    return out.join(' # ');
    """
    )
    lines = said(page(product()._repr_html_(), product()._repr_html_()), script, tmp_path).split(" # ")
    assert lines == [
        "0 true",
        "−2 5 −4 / ● The inputs have their values / 0",
        "−2 5 3 −4 / ▸ Forward, gate 1 of 2: the gate + / forward",
        "−2 5 3 −4 −4 −12 1 / ◂ Backward, wire 1 of 4: from the gate × to the gate + / backward",
        "−2 −4 5 −4 3 −4 −4 3 −12 1",
    ]


def test_where_everything_but_words_is_taken_out_the_steps_are_still_a_text():
    """GitHub, for one, leaves no style, no `hidden`, no buttons and no drawing, and keeps what stands in them."""
    html = re.sub(r"<style>.*?</style>|<svg.*?</svg>", "", product()._repr_html_(), flags=re.S)
    words = Balanced(html).text
    assert "Next" not in words
    assert "Back " not in words.replace("Backward", "")
    assert words.index("Forward, gate 1 of 2") < words.index("Backward, wire 4 of 4")


@needs_chromium
def test_in_a_browser_without_our_style_only_the_still_picture_is_seen(tmp_path):
    html = re.sub(r"<style>.*?</style>", "", product()._repr_html_(), flags=re.S)
    script = WORK + "return `${still > 100} ${stage}`"
    assert said(page(html), script, tmp_path) == "true 0"


@needs_chromium
@pytest.mark.parametrize(
    ("body", "dark", "ground"),
    [
        ("", False, "rgb(251, 250, 246)"),
        ("", True, "rgb(27, 38, 35)"),
        ('data-jp-theme-light="false"', False, "rgb(27, 38, 35)"),
        ('data-jp-theme-light="true"', True, "rgb(251, 250, 246)"),
        ('class="vscode-dark"', False, "rgb(27, 38, 35)"),
        ('class="vscode-high-contrast vscode-high-contrast-light"', True, "rgb(251, 250, 246)"),
    ],
)
def test_light_and_dark_are_the_pages_own_and_else_the_systems(body, dark, ground, tmp_path):
    script = """
    const svg = document.querySelector('.stage svg .page'), root = document.querySelector('.chainmark-steps');
    return [getComputedStyle(svg).fill, getComputedStyle(root).backgroundColor].join(' # ');
    """
    assert (
        said(page(product()._repr_html_(), body=body), script, tmp_path, dark=dark) == f"{ground} # {ground}"
    )
