"""A notebook in JupyterLab itself: run, stepped through with the keyboard, opened by a stranger."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest

from tests.live.shells import CHROMIUM, RIGHT, SLIP

ROOT = Path(__file__).resolve().parents[2]
MISSING = [name for name in ("jupyterlab", "playwright") if importlib.util.find_spec(name) is None]
pytestmark = pytest.mark.skipif(
    bool(MISSING) or CHROMIUM is None,
    reason=f"needs chromium and `pip install jupyterlab playwright`; not here: {', '.join(MISSING) or 'chromium'}",
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
CHECKED = "[...document.querySelectorAll('.chainmark-steps input')].findIndex(radio => radio.checked)"
PLAIN = {
    "notification": {"fetchNews": "false", "checkForUpdates": False},
    "themes": {"theme": "JupyterLab Dark"},
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab of its own, with dark colours, and the folder that it serves."""
    home = tmp_path_factory.mktemp("lab")
    settings = home / "config" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    for name, content in PLAIN.items():
        (settings / f"{name}.jupyterlab-settings").write_text(json.dumps(content), encoding="utf-8")
    (home / "work").mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = {f"JUPYTER_{kind}_DIR": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
    environment = {**os.environ, **folders, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(home / "ipython")}
    options = [
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--ServerApp.port_retries=0",
    ]
    options += ["--IdentityProvider.token=student", f"--ServerApp.root_dir={home / 'work'}"]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options], env=environment, stdout=log, stderr=log
        )
        try:
            yield answering(f"http://127.0.0.1:{port}", home / "log"), home / "work"
        finally:
            stop(server, f"http://127.0.0.1:{port}")


def stop(server, address):
    """End the server, and first the kernels that it started, which would outlive it if it had to be killed."""
    token = {"Authorization": "token student"}
    try:
        with urllib.request.urlopen(
            urllib.request.Request(f"{address}/api/kernels", headers=token), timeout=10
        ) as answer:
            for kernel in json.load(answer):
                one = f"{address}/api/kernels/{kernel['id']}"
                urllib.request.urlopen(
                    urllib.request.Request(one, headers=token, method="DELETE"), timeout=20
                ).close()
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def answering(address, log):
    """The address, as soon as somebody answers there."""
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{address}/api", timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
        else:
            return address
    pytest.fail(f"JupyterLab did not start: {log.read_text(encoding='utf-8')[-2000:]}")


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


def opened(browser, lab, name):
    """The notebook in a tab, and the hosts that were asked for anything."""
    address, _ = lab
    tab, hosts = browser.new_page(viewport={"width": 1200, "height": 3000}), set()
    tab.on("request", lambda request: hosts.add(request.url.split("/")[2]) if "//" in request.url else None)
    tab.goto(f"{address}/lab/workspaces/{name}/tree/{name}.ipynb?token=student&reset")
    tab.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
    return tab, hosts


def written(folder, name):
    """A notebook that traces a formula and checks a slip."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(metadata={"kernelspec": kernel})
    first = "import numpy as np\nfrom grader import check, trace"
    for cell in (first, "trace('(x + y)*z', x=-2, y=5, z=-4)", RIGHT + SLIP, "check('affine')"):
        book.cells.append(nbformat.v4.new_code_cell(cell))
    nbformat.write(book, folder / f"{name}.ipynb")


def test_a_notebook_is_run_stepped_through_by_keyboard_and_opened_by_a_stranger(browser, lab):
    address, folder = lab
    written(folder, "hw")
    tab, hosts = opened(browser, lab, "hw")
    tab.wait_for_timeout(2000)
    tab.get_by_role("menuitem", name="Run", exact=True).click()
    tab.get_by_text("Run All Cells", exact=True).first.click()
    tab.wait_for_selector(".chainmark-report", timeout=60_000)
    assert tab.locator(".jp-OutputArea-output").count() == 2
    assert "Cell [3], line" in tab.locator(".chainmark-report").inner_text()
    ground = "getComputedStyle(document.querySelector('.chainmark-report')).backgroundColor"
    assert tab.evaluate(ground) == "rgb(21, 25, 28)"  # dark, as JupyterLab is and the system is not

    tab.evaluate("document.querySelector('.chainmark-steps input').focus()")
    for key in ("ArrowRight", "ArrowDown", "ArrowRight", "ArrowLeft"):
        tab.keyboard.press(key)
    assert tab.evaluate(CHECKED) == 2
    tab.locator("label.next").locator("visible=true").first.click()
    assert tab.evaluate(CHECKED) == 3
    assert tab.locator(".chainmark-steps").get_by_text("Backward begins").first.is_visible()

    tab.locator(".jp-InputPrompt").first.click()  # while a step has the focus, keys are its own
    tab.keyboard.press("Control+s")
    saved(folder / "hw.ipynb")
    tab.close()
    foreign(folder)
    tab, more = opened(browser, lab, "foreign")
    tab.wait_for_selector(".chainmark-steps", state="attached", timeout=60_000)
    tab.locator(".chainmark-steps .still img").wait_for(state="visible")
    assert not tab.locator(".chainmark-steps .stage").is_visible()
    tab.locator("figure img").wait_for(state="visible")
    assert "▸" not in tab.locator("figure").inner_text()
    tab.close()
    assert hosts | more == {address.removeprefix("http://")}


def saved(path):
    """Wait until the notebook's file has its outputs."""
    for _ in range(60):
        if "chainmark-report" in path.read_text(encoding="utf-8"):
            return
        time.sleep(0.25)
    pytest.fail("the notebook was not saved")


def foreign(folder):
    """The saved notebook as somebody else's, which JupyterLab does not trust: its outputs are made safe."""
    book = nbformat.read(folder / "hw.ipynb", as_version=4)
    assert "chainmark-steps" in str(book.cells[1].outputs)
    book.cells[0].source += "\n# by somebody else"
    for cell in book.cells:
        cell.metadata.pop("trusted", None)
    nbformat.write(book, folder / "foreign.ipynb")
