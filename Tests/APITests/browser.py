"""A visitor with a real browser: what it does and sees at each step of BrowserTests.swift.

Prints a line when the test has something to do, and waits for a line in answer. Fails with a traceback.
"""
import os
import sys
import tempfile

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

url = sys.argv[1]
pictures = os.environ.get("AIGENTABLE_TEST_PICTURES") or tempfile.mkdtemp()
os.makedirs(pictures, exist_ok=True)

options = webdriver.ChromeOptions()
for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--lang=en-GB"):
    options.add_argument(argument)
options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
service = webdriver.ChromeService("/usr/bin/chromedriver")
browser = webdriver.Chrome(options=options, service=service)


def tell(word):
    print(word, flush=True)
    answer = sys.stdin.readline().strip()
    assert answer == "done", f"the test answered {answer!r} to {word}"


def size(width, height):
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 2 if width < 600 else 1, "mobile": width < 600},
    )


def scheme(name):
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": name}]}
    )


def picture(name):
    browser.execute_script(
        "for (const x of document.getAnimations()) try { x.finish() } catch { /* endless */ }"
    )
    browser.save_screenshot(os.path.join(pictures, f"{name}.png"))


def until(what, holds):
    WebDriverWait(browser, 20, poll_frequency=0.02).until(lambda _: holds(), what)


def state():
    return browser.find_element(By.ID, "state").get_attribute("data-state")


def texts(selector=".message .bubble"):
    return browser.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map((x) => x.textContent)", selector
    )


def write(text):
    box = browser.find_element(By.ID, "text")
    for line in text.split("\n"):
        if line is not text.split("\n")[0]:
            box.send_keys(Keys.SHIFT, Keys.ENTER)
        box.send_keys(line)
    box.send_keys(Keys.ENTER)


def offline(is_offline):
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd(
        "Network.emulateNetworkConditions",
        {"offline": is_offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1},
    )


def fits():
    wide = browser.execute_script("return document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"the page is {wide} pixels wider than the window"


try:
    scheme("light")
    size(375, 812)
    browser.get(url)
    until("the page is online", lambda: state() == "online")
    assert browser.find_element(By.ID, "welcome").is_displayed()
    picture("375-welcome")

    write("Hello, do you have oat milk?\nAnd what does it cost?")
    until("the message was taken", lambda: not texts(".sending .bubble"))
    until("dots are shown", lambda: browser.find_element(By.ID, "typing").is_displayed())
    picture("375-typing")
    tell("stream")
    until("parts of the reply are shown", lambda: texts(".streaming .bubble") == ["Yes, we"])
    assert not browser.find_element(By.ID, "typing").is_displayed()
    picture("375-streaming")
    tell("reply")
    until("the reply replaces its parts", lambda: not texts(".streaming .bubble"))
    until("both messages are shown", lambda: len(texts()) == 2)
    question, answer = texts()
    assert question == "Hello, do you have oat milk?\nAnd what does it cost?", question
    assert "<b>not bold</b>" in answer, answer
    assert not browser.find_elements(By.CSS_SELECTOR, ".bubble b")
    links = browser.find_elements(By.CSS_SELECTOR, ".bubble a")
    assert [x.get_attribute("href") for x in links] == ["https://example.com/menu?milk=oat"], links
    tell("more")
    until("the person's message is shown", lambda: len(texts()) == 3)
    fits()
    for width, height in ((375, 812), (1280, 860)):
        size(width, height)
        for name in ("light", "dark"):
            scheme(name)
            fits()
            picture(f"{width}-{name}")
    scheme("light")
    size(375, 812)

    before = texts()
    browser.refresh()
    until("the history is back", lambda: texts() == before)
    assert state() == "online" or WebDriverWait(browser, 20).until(lambda _: state() == "online")

    offline(True)
    until("the page says that it is offline", lambda: state() == "offline")
    write("Are you still there?")
    until("the message waits", lambda: texts(".sending .bubble") == ["Are you still there?"])
    picture("375-offline")
    tell("away")
    offline(False)
    until("the page is online again", lambda: state() == "online")
    until("what was missed is shown", lambda: "While you were away." in texts())
    until("the message was sent", lambda: not texts(".sending .bubble"))
    tell("back")
    until("the last reply is shown", lambda: texts()[-1] == "Still here.")
    assert texts().count("Are you still there?") == 1, texts()
    assert len(texts()) == 6, texts()
    names = browser.execute_script(
        "return [...document.querySelectorAll('button, textarea')].map((x) => x.getAttribute('aria-label')"
        " || x.labels?.[0]?.textContent || x.textContent)"
    )
    assert all(names), names
    problems = [
        entry["message"] for entry in browser.get_log("browser")
        if entry["level"] == "SEVERE" and "ERR_INTERNET_DISCONNECTED" not in entry["message"]
    ]
    assert not problems, problems
    print("finished", flush=True)
finally:
    browser.quit()
