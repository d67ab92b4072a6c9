"""Somebody's browser, for the programs that tests run (BrowserProgram.swift).

A program prints a line when the test has something to do, and waits for a line in answer. It fails with a traceback.
"""
import importlib.util
import json
import os
import sys
import tempfile

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

pictures = os.environ.get("AIGENTABLE_TEST_PICTURES") or tempfile.mkdtemp()
os.makedirs(pictures, exist_ok=True)

options = webdriver.ChromeOptions()
for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--lang=en-GB"):
    options.add_argument(argument)
options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
browser = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))


def tell(word):
    print(word, flush=True)
    answer = sys.stdin.readline().strip()
    assert answer == "done", f"the test answered {answer!r} to {word}"


def size(width, height):
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 2 if width < 600 else 1, "mobile": width < 600},
    )


def media(**features):
    """prefers_color_scheme="dark" and the like."""
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]},
    )


def js(script, *arguments):
    """Runs a script in which `root` is the chat's shadow root, or null."""
    return browser.execute_script(
        "const root = document.querySelector('aigentable-chat')?.shadowRoot ?? null;" + script, *arguments
    )


def find(selector):
    return browser.find_element(By.CSS_SELECTOR, "aigentable-chat").shadow_root.find_element(By.CSS_SELECTOR, selector)


def shown(selector):
    return js("return !!root?.querySelector(arguments[0])?.checkVisibility()", selector)


def picture(name):
    js("for (const x of root?.getAnimations() ?? []) try { x.finish() } catch { /* endless */ }")
    browser.save_screenshot(os.path.join(pictures, f"{name}.png"))


def until(what, holds):
    WebDriverWait(browser, 20, poll_frequency=0.02).until(lambda _: holds(), what)


def state():
    return js("return root?.querySelector('#state')?.dataset.state")


def texts(selector=".message .bubble"):
    return js("return [...root?.querySelectorAll(arguments[0]) ?? []].map((x) => x.textContent)", selector)


def focused():
    """What has the focus, as the name of its element and its class."""
    return js("const x = root?.activeElement; return x ? `${x.tagName.toLowerCase()}.${x.className || x.name}` : ''")


def write(text):
    box = find("#text")
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if number:
            box.send_keys(Keys.SHIFT, Keys.ENTER)
        box.send_keys(line)
    box.send_keys(Keys.ENTER)


def offline(is_offline):
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd(
        "Network.emulateNetworkConditions",
        {"offline": is_offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1},
    )


def fits(*selectors):
    """Nothing is wider than its place: the page, and the messages of the chat or what is named."""
    wide = browser.execute_script("return document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"the page is {wide} pixels wider than the window"
    wide = js(
        """
        const all = arguments[0].length
          ? arguments[0].flatMap((x) => [...document.querySelectorAll(x)]) : [root.querySelector('.scroll')];
        return all.filter((x) => x.scrollWidth > x.clientWidth).map((x) => x.outerHTML.slice(0, 100))
        """,
        selectors,
    )
    assert not wide, f"wider than their place: {wide}"


def accessible(selector="aigentable-chat"):
    """axe-core finds nothing to complain of in the chat (the page around it is the test's own), or what is named."""
    folder = importlib.util.find_spec("axe_playwright_python").submodule_search_locations[0]
    with open(os.path.join(folder, "axe.min.js"), encoding="utf-8") as file:
        browser.execute_script(file.read() + "; window.axe = axe;")
    found = browser.execute_async_script(
        "const done = arguments[1]; axe.run(arguments[0]).then((x) => done(x.violations), (e) => done(String(e)))",
        selector,
    )
    assert found == [], json.dumps([(x["id"], [n["html"] for n in x["nodes"]]) for x in found] if found else found)


def problems(*expected):
    """What the browser's console complains of, besides what is expected."""
    found = [
        entry["message"] for entry in browser.get_log("browser")
        if entry["level"] == "SEVERE" and not any(x in entry["message"] for x in expected)
    ]
    assert not found, found
