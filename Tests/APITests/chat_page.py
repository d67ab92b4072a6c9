"""A visitor of our own page, at each step of BrowserTests.aVisitorWritesReadsReloadsAndReconnects."""
import sys

from browser import accessible, browser, fits, js, media, offline, picture, problems, shown, size, state, tell, texts
from browser import find, until, write
from selenium.webdriver.common.keys import Keys

url = sys.argv[1]

try:
    media(prefers_color_scheme="light")
    size(375, 812)
    browser.get(url)
    until("the page is online", lambda: state() == "online")
    assert shown("#welcome")
    picture("375-welcome")
    accessible()

    write("Hello, do you have oat milk?\nAnd what does it cost?")
    until("the message was taken", lambda: not texts(".sending .bubble"))
    until("dots are shown", lambda: shown("#typing"))
    picture("375-typing")
    tell("stream")
    until("parts of the reply are shown", lambda: texts(".streaming .bubble") == ["Yes, we"])
    assert not shown("#typing")
    picture("375-streaming")
    # Each part ends within a mark.
    bubble = "root.querySelector('.streaming .bubble')"
    for part, text, inside in (
        (" have **oat, al", "Yes, we have oat, al", ("strong", "oat, al")),
        ("mond** and [s", "Yes, we have oat, almond and s", ("strong", "oat, almond")),
        ("oy](https://example.com/so", "Yes, we have oat, almond and soy", None),
        ("y) <b>too", "Yes, we have oat, almond and soy <b>too", ("a[href='https://example.com/soy']", "soy")),
        (":||```|<i>1", None, ("pre code", "<i>1")),
    ):
        tell(f"write {part}")
        if text:
            until(f"{text} is shown", lambda: texts(".streaming .bubble") == [text])
        if inside:
            name, held = inside
            until(f"{held} is in {name}", lambda: js(f'return {bubble}.querySelector("{name}")?.textContent.trim()') == held)
    assert not js(f"return {bubble}.querySelector('b, i')")
    picture("375-streaming-marks")
    tell("reply")
    until("the reply replaces its parts", lambda: not texts(".streaming .bubble"))
    until("both messages are shown", lambda: len(texts()) == 2)
    question, answer = texts()
    assert question == "Hello, do you have oat milk?\nAnd what does it cost?", question
    assert "<b>not bold</b>" in answer, answer
    assert not js("return root.querySelector('.bubble b')")
    links = js("return [...root.querySelectorAll('.bubble a')].map((x) => x.href)")
    assert links == ["https://example.com/menu?milk=oat"], links
    tell("more")
    until("the person's message is shown", lambda: len(texts()) == 3)
    fits()
    for width, height in ((375, 812), (1280, 860)):
        size(width, height)
        for name in ("light", "dark"):
            media(prefers_color_scheme=name)
            until("the scheme is followed", lambda: js("return root.host.hasAttribute('data-dark')") == (name == "dark"))
            fits()
            picture(f"{width}-{name}")
            accessible()
    media(prefers_color_scheme="light")
    size(375, 812)

    before = texts()
    browser.refresh()
    until("the history is back", lambda: texts() == before)
    until("the page is online", lambda: state() == "online")

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
    assert find("#messages").get_attribute("aria-live") == "polite"
    assert not shown("#earlier")

    # Of many messages the last 50 are shown, and those before them when they are asked for.
    before = texts()
    every = before + [f"number {number}" for number in range(100)]
    tell("many")
    browser.refresh()
    until("the last messages are back", lambda: texts() == every[-50:])
    until("there are earlier ones", lambda: shown("#earlier"))
    until("the page is online", lambda: state() == "online")
    js("root.querySelector('#scroll').scrollTop = 0")
    picture("375-earlier")
    accessible()

    def top(text):
        return js(
            "return [...root.querySelectorAll('.bubble')].find((x) => x.textContent === arguments[0])"
            ".getBoundingClientRect().top", text
        )

    where = top(every[-50])
    find("#earlier").send_keys(Keys.ENTER)
    until("they are shown", lambda: texts() == every[-100:])
    # What was read stands where it stood; a screen reader is at the message before it.
    until("nothing moved", lambda: abs(top(every[-50]) - where) < 40)
    assert js("return root.activeElement.querySelector('.bubble').textContent") == every[-51]
    until("what comes is read out again", lambda: find("#messages").get_attribute("aria-live") == "polite")
    accessible()
    find("#earlier").click()
    until("the first ones are shown", lambda: texts() == every)
    until("there are none before them", lambda: not shown("#earlier"))
    fits()
    problems("ERR_INTERNET_DISCONNECTED")
    print("finished", flush=True)
finally:
    browser.quit()
