"""What the tests of this folder share: an IPython shell, and a browser that says what it made of a page."""

from __future__ import annotations

import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

RIGHT = """
def affine_forward(x, w, b):
    return x.reshape(len(x), -1) @ w + b, (x, w, b)
"""
BACKWARD = """
def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout @ w.T
    return dx.reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)
"""
# What does not depend on the mistake is computed before it: an exception takes only dx along.
SLIP = """
def affine_backward(dout, cache):
    x, w, b = cache
    dw, db = x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)
    dx = dout @ w
    return dx.reshape(x.shape), dw, db
"""


def page(*fragments: str, body: str = "") -> str:
    """A page as a front end puts outputs into one."""
    inside = "\n".join(f'<div class="output">{fragment}</div>' for fragment in fragments)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>outputs</title></head>'
        f"<body {body}><main><h1>A notebook</h1><h2>An exercise</h2>{inside}</main></body></html>"
    )


def said(html: str, script: str, folder: Path, *, scripts: tuple[Path, ...] = (), dark: bool = False) -> str:
    """What a script of the test's own, the body of an async function, returns in a real browser."""
    loaded = "".join(f'<script src="{path.as_uri()}"></script>' for path in scripts)
    done = "document.documentElement.setAttribute('data-said', String(text))"
    run = f"<script>(async () => {{ {script} }})().then(text => {{ {done} }})</script>"
    file = folder / "page.html"
    file.write_text(html.replace("</body>", f"{loaded}{run}</body>"), encoding="utf-8")
    command = [
        str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--force-prefers-reduced-motion", "--virtual-time-budget=20000",
        f"--user-data-dir={folder / 'profile'}", "--dump-dom", file.as_uri(),
    ]  # fmt: skip
    if dark:
        command.insert(1, "--blink-settings=preferredColorScheme=0")
    tree = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    found = re.search(r'data-said="([^"]*)"', tree)
    assert found is not None, "the script did not end"
    return unescape(found[1])
