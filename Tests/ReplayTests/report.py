"""A reader of the report, at each step of ReportPageTests."""
import sys

from browser import accessible, browser, fits, media, picture, problems, size, until
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys


def shown():
    return browser.execute_script(
        "return [...document.querySelectorAll('article')].filter((x) => x.checkVisibility()).length"
    )


try:
    for scheme in ("light", "dark"):
        media(prefers_color_scheme=scheme)
        for width in (375, 1280):
            size(width, 900)
            browser.get(sys.argv[1])
            fits(".wide", "pre", "article")
            picture(f"report-{width}-{scheme}")
            accessible("html")
    size(375, 2400)
    picture("report-375-long")
    size(1280, 900)
    browser.execute_script("document.querySelector('#side').scrollIntoView()")
    picture("report-1280-side")

    assert shown() == 6, shown()
    for name, left in (("changed", 5), ("handover", 2), ("citation", 1), ("missing", 1), ("worse", 1)):
        box = browser.find_element(By.ID, f"only-{name}")
        browser.execute_script("arguments[0].focus()", box)
        box.send_keys(Keys.SPACE)
        assert shown() == left, (name, shown())
        box.send_keys(Keys.SPACE)
    details = browser.find_element(By.CSS_SELECTOR, "article details")
    details.find_element(By.TAG_NAME, "summary").click()
    until("it opens", lambda: "Returns and refunds" in details.text)
    accessible("html")
    picture("report-1280-open")
    problems()
    print("finished", flush=True)
finally:
    browser.quit()
