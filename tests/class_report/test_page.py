"""The class report as text: its order, its links, its safety, and what it says without names."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from html.parser import HTMLParser

import pytest

from grader.class_report.data import ClassData
from grader.class_report.page import class_page
from grader.class_report.table import script_json
from grader.gradebook import Gradebook
from tests.class_report.classes import Student, large, made, wrong_affine
from tests.report.samples import HOSTILE, hostile, inconclusive, sigmoid_circuit

VOID = {"meta", "br", "input", "rect"}


class Page(HTMLParser):
    """Elements, text outside scripts, and the texts of scripts and styles; checked for balance."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self.open: list[str] = []
        self.feed(page)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        if self.open and self.open[-1] in self.raw:
            self.raw[self.open[-1]].append(data)
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))

    @property
    def table(self) -> dict:
        return json.loads(self.raw["script"][0])


def load(folder) -> ClassData:
    with Gradebook.open(folder) as book:
        return ClassData.load(book)


def small(folder):
    wrong, units = wrong_affine()
    circuit, stuck = sigmoid_circuit(), inconclusive()
    students = [
        Student("ada", (wrong, circuit, stuck), "Ada Lovelace", "Monday", units=units, sha256="1" * 64),
        Student("bo", (wrong, circuit), "Bo Diddley", "Friday", units=units, sha256="1" * 64),
        Student("cy", (), "Cy Twombly", "Friday"),
    ]
    return load(made(folder / "results", students, (wrong, circuit, stuck)))


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> ClassData:
    return small(tmp_path_factory.mktemp("class"))


def test_the_sections_come_in_the_order_of_what_an_instructor_needs_first(data):
    found = Page(class_page(data))
    titles = [a["id"] for tag, a in found.elements if tag == "section"]
    assert titles == ["teach", "suspect", "open", "marks", "progress", "similar", "students"]


def test_every_count_leads_to_just_the_students_that_it_counts(data):
    found = Page(class_page(data))
    groups = found.table["groups"]
    text = class_page(data)
    counts = re.findall(r'<a class="count" href="#group-(\d+)">(\d+)</a>', text)
    assert len(counts) > 20
    for group, count in counts:
        assert len(groups[int(group)][1]) == int(count)
    assert {int(group) for group, _ in counts} == set(range(len(groups)))


def test_a_misconception_leads_to_those_who_made_it(data):
    table = Page(class_page(data)).table
    (rows,) = [
        rows for title, rows in table["groups"] if title.endswith("dx: computed without the transpose of w")
    ]
    assert [table["rows"][row]["i"] for row in rows] == ["ada", "bo"]


def test_the_page_asks_for_nothing_and_only_our_own_script_and_style_may_run(data):
    page = class_page(data)
    found = Page(page)
    (policy,) = [a["content"] for _, a in found.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert re.fullmatch(
        r"default-src 'none'; script-src 'sha256-[\w+/=]+'; style-src 'sha256-[\w+/=]+'; "
        r"base-uri 'none'; form-action 'none'",
        policy,
    )
    for kind, text in (("script", found.raw["script"][1]), ("style", found.raw["style"][0])):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    for tag, attributes in found.elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form"}
        assert not [key for key in attributes if key.startswith("on") or key in {"src", "style"}]
        if "href" in attributes:
            assert str(attributes["href"]).startswith("#")
    assert "@import" not in page
    assert "url(" not in page


def test_no_name_stands_outside_the_table_that_the_switch_hides(data):
    found = Page(class_page(data))
    for name in ("Ada", "Lovelace", "Bo Diddley", "Twombly", " ada", " bo"):
        assert name not in found.text, name
    assert [row["n"] for row in found.table["rows"]] == ["Ada Lovelace", "Bo Diddley", "Cy Twombly"]


def test_without_names_no_name_stands_in_the_page_nor_what_is_for_the_staff_alone(data):
    page = class_page(data, names=False)
    for word in ("Ada", "Lovelace", "Diddley", "Twombly", '"ada"', '"bo"', 'id="similar"', "very same file"):
        assert word not in page, word
    order = [row["p"] for row in Page(page).table["rows"]]
    assert order == sorted(order), "the order of ids would tell"


def test_a_snippet_names_nobody(data):
    page = class_page(data)
    assert "dx = dout @ w" in page
    assert "wrote this" not in page
    assert "so did" not in page


def test_what_could_identify_is_taken_out_of_a_snippet(tmp_path):
    wrong, units = wrong_affine("dx = lovelace_trick(dout, 'a secret message from Ada', note='ADA99')")
    student = Student("ada99", (wrong,), "Ada Lovelace", units=units)
    page = class_page(load(made(tmp_path / "results", [student], (wrong,))), names=False)
    assert "dx = hidden(dout, &#39;...&#39;, note=&#39;...&#39;)" in page


def test_hostile_texts_from_everywhere_stay_text(tmp_path):
    whole = hostile()
    (exercise,) = whole.exercises
    student = Student(HOSTILE.replace("\ud800", ""), (exercise,), HOSTILE.replace("\ud800", ""), trouble="")
    other = Student(
        "b", (), section="</script><script>alert(1)</script>", trouble="<img src=x onerror=alert(1)>"
    )
    data = load(made(tmp_path / "results", [student, other], (exercise,), title="</title><script>x</script>"))
    found = Page(class_page(data))
    assert [tag for tag, _ in found.elements].count("script") == 2
    assert "img" not in [tag for tag, _ in found.elements]
    assert "<script>alert(1)</script>" in found.text, "shown as text"
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u200b\u202e\u2066\x9b]", class_page(data))
    assert found.table["rows"]


def test_json_inside_a_script_cannot_end_it():
    text = script_json({"a": "</script><!-- & \u2028 \u00e9"})
    assert not re.search(r"[<>&]", text)
    assert text.isascii()
    assert json.loads(text) == {"a": "</script><!-- & \u2028 \u00e9"}


def test_a_class_of_nobody_and_one_where_nothing_was_handed_in_have_a_page(tmp_path):
    wrong, _ = wrong_affine()
    for number, students in enumerate(([], [Student("a"), Student("b")])):
        page = class_page(load(made(tmp_path / str(number), students, (wrong,))))
        assert "Nobody has a mark yet" in page
        assert "No mistake was recognised" in page


def test_two_thousand_students_are_read_and_laid_out_in_seconds(tmp_path):
    """CPU time, so that a busy machine does not fail it; a few seconds, with room for a slow one."""
    folder = large(tmp_path / "results", 2000)
    started = time.process_time()
    page = class_page(load(folder))
    seconds = time.process_time() - started
    assert seconds < 12, f"{seconds:.1f} s"
    assert len(page) < 2_000_000
    assert len(Page(page).table["rows"]) == 2000
