"""A visitor of a shop that embeds the widget, at each step of BrowserTests.aShopEmbedsTheWidget."""
import base64
import hashlib
import hmac
import http.server
import json
import os
import struct
import sys
import tempfile
import threading
import time
import zlib

from selenium.webdriver.common.keys import Keys

from browser import accessible, browser, find, fits, focused, js, media, picture, problems, shown, size, state, tell
from browser import texts, until, write

snippet, secret = sys.argv[1], sys.argv[2]


class Shop(http.server.BaseHTTPRequestHandler):
    """Its own style must not reach the chat, nor the chat's the shop."""

    def do_GET(self):
        attributes = "".join(f' {x}' for x in getattr(self.server, "attributes", []))
        body = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title>
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <style>* {{ font-family: cursive; color: #a33; letter-spacing: 2px }} button {{ background: lime !important }}
            </style></head><body><h1>A shop</h1><p>Coats and tents.</p>
            {snippet.replace("<script ", f"<script{attributes} ")}</body></html>""".encode()
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def shop():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}"


def png(path):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes((40, 120, 90)) * 48 for _ in range(32))
    with open(path, "wb") as file:
        file.write(
            b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 48, 32, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
        )


def signed(claims):
    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    text = part(b'{"alg":"HS256","typ":"JWT"}') + b"." + part(json.dumps(claims).encode())
    return (text + b"." + part(hmac.new(secret.encode(), text, hashlib.sha256).digest())).decode()


try:
    server, origin = shop()
    media(prefers_color_scheme="light")
    size(1100, 760)
    browser.get(origin)
    until(
        "a site that is not allowed is told so",
        lambda: any("blocked by CORS policy" in entry["message"] for entry in browser.get_log("browser")),
    )
    assert not js("return root")

    tell(f"allow {origin}")
    browser.get(origin)
    until("the button is there", lambda: shown(".launch"))
    picture("widget-closed")
    accessible()
    assert js("return getComputedStyle(root.querySelector('.launch')).backgroundColor") == "rgb(10, 125, 90)"

    def side():
        x = js("const x = root.querySelector('.launch').getBoundingClientRect(); return (x.left + x.right) / 2")
        return "left" if x < 550 else "right"

    assert side() == "left"
    until("the logo is shown", lambda: js("return root.querySelector('.mark img')?.naturalWidth") == 48)

    # By keyboard alone, to the form before the chat.
    find(".launch").send_keys(Keys.ENTER)
    until("the form is shown", lambda: shown(".form"))
    assert focused().startswith("input"), focused()
    picture("widget-form")
    accessible()
    assert js("return getComputedStyle(root.querySelector('.title')).letterSpacing") == "normal"
    assert texts(".form label") == ["E-mail (required)", "Name (required)"], texts(".form label")
    find(".form input").send_keys("zoe@example.com")
    # A blank is no name, and that is said.
    find(".form [name=name]").send_keys(" ", Keys.ENTER)
    until("what is missing is said", lambda: shown(".form .problem"))
    assert texts(".form .problem") == ["Name: required"] and focused() == "input.name", focused()
    picture("widget-form-problem")
    accessible()
    find(".form [name=name]").send_keys("Zoe", Keys.ENTER)
    until("the chat is online", lambda: state() == "online")
    until("the form is gone", lambda: not shown(".form"))
    assert focused().startswith("textarea"), focused()
    picture("widget-welcome")
    accessible()

    find(".choice").click()
    until("the quick reply was taken", lambda: not texts(".sending .bubble") and texts(".mine .bubble"))
    assert texts(".mine .bubble") == ["Where is my order?"]
    tell("first")
    tell("typing")
    until("that a person writes is shown", lambda: shown("#typing"))
    tell("offer")
    until("the answer is shown", lambda: texts(".theirs .bubble") == ["Is it this one?"])
    until("its picture is shown", lambda: js("return root.querySelector('.theirs img')?.naturalWidth") == 48)
    assert texts(".theirs .choice") == ["Yes, that one", "No"]
    assert texts(".theirs blockquote") == texts(".mine .bubble")[:1]
    picture("widget-offer")
    accessible()
    find(".theirs .choice").click()
    until("the choice was taken", lambda: texts(".mine .bubble")[-1:] == ["Yes, that one"])
    until("it was sent", lambda: not texts(".sending .bubble"))
    assert js("return [...root.querySelectorAll('.theirs .choice')].every((x) => x.disabled)")
    tell("chosen")

    path = os.path.join(tempfile.mkdtemp(), "parcel.png")
    png(path)
    find("input[type=file]").send_keys(path)
    until("the file is chosen", lambda: shown(".chosen span"))
    accessible()
    write("It looks like this")
    until("it was sent", lambda: not texts(".sending .bubble") and js("return root.querySelector('.mine img')"))
    picture("widget-file")
    tell("file")

    find("#text").send_keys(Keys.ESCAPE)
    until("the chat is closed", lambda: not shown(".chat"))
    assert focused().startswith("button.launch"), focused()
    tell("away")
    until("the badge counts it", lambda: texts(".badge") == ["1"] and shown(".badge"))
    assert "(1)" in find(".launch").get_attribute("aria-label")
    picture("widget-badge")
    before = texts()
    browser.refresh()
    until("the history is back", lambda: texts() == before)
    until("the badge is back", lambda: texts(".badge") == ["1"] and shown(".badge"))

    size(390, 844)
    media(prefers_color_scheme="dark", prefers_reduced_motion="reduce")
    find(".launch").click()
    until("the badge is gone", lambda: not shown(".badge"))
    assert js("const x = root.querySelector('.chat').getBoundingClientRect(); return [x.width, x.height]") == [390, 844]
    assert js("return root.getAnimations().length") == 0
    fits()
    assert texts(".marked strong") == ["on its way"] and len(texts(".marked li")) == 4
    links = js("return [...root.querySelectorAll('.marked a')].map((x) => x.href)")
    assert links == ["https://shop.example/b", "https://shop.example/t", "https://evil.example/"], links
    assert js("return root.querySelector('.marked ol').start") == 3
    # Raw HTML is a text as any other.
    assert "<img src=x onerror=alert(1)>" in texts(".marked li")[0], texts(".marked li")
    assert texts(".marked")[-1].endswith('<iframe src="https://evil.example/"></iframe>'), texts(".marked")
    assert js("return root.querySelector('.marked :is(img, script, iframe, [onclick])')") is None
    assert browser.title == "Shop"
    assert js("return root.querySelector('#hint').textContent") == "Eingabe sendet"
    picture("widget-phone")
    accessible()

    anonymous = js("return localStorage.getItem(Object.keys(localStorage).find((x) => x.endsWith(' visitor')))")
    # Who the company signed for, without the form, and not as the visitor before.
    media(prefers_color_scheme="light")
    size(1100, 760)
    claims = {"sub": "customer-17", "name": "Ada", "exp": int(time.time()) + 300}
    server.attributes = [f'data-identity="{signed(claims)}"', "data-open", 'data-position="right"']
    browser.get(origin)
    until("the chat is online", lambda: state() == "online")
    assert not shown(".form") and texts() == [], texts()
    # What the tag says counts before the settings.
    assert side() == "right"
    write("It is me")
    until("it was sent", lambda: not texts(".sending .bubble"))
    tell("verified")
    browser.get(origin)
    until("the history is back", lambda: "It is me" in texts())
    # Nothing of a known person stays in the browser for the next one.
    kept = js("return Object.entries(localStorage).filter(([key]) => !key.includes(' seen '))")
    assert sorted(value for _, value in kept) == sorted([anonymous, "[]"]), kept
    # What the server does not know yet is said again, ever later and no sooner than after a minute at last, until it does.
    js("""
      const [wait, call] = [window.setTimeout, window.fetch];
      window.told = {pauses: [], ids: [], isKnown: false};
      window.setTimeout = (todo, time, ...more) => {
        if (todo.name !== "deliver") return wait(todo, time, ...more);
        window.told.pauses.push(time);
        return wait(todo, 5);
      };
      window.fetch = async (address, options) => {
        if (!String(address).endsWith("/receipts")) return call(address, options);
        const ids = JSON.parse(options.body).read;
        window.told.ids.push(ids);
        // First no answer at all.
        if (window.told.ids.length === 1) throw new TypeError("away");
        return Response.json({unknown: window.told.isKnown ? [] : ids}, {status: 202});
      };
    """)
    tell("lagging")
    until("it was said nine times", lambda: js("return window.told.pauses.length") >= 9)
    assert js("return window.told.pauses.slice(0, 9)") == [
        1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000,
    ], js("return window.told.pauses")
    assert js("return new Set(window.told.ids.map((x) => x.join())).size") == 1
    js("window.told.isKnown = true")
    until("it is known", lambda: js("const x = window.told; return x.before === (x.before = x.ids.length)"))
    # Nothing is loaded from anywhere but the site itself and the engine.
    origins = js("return [...new Set(performance.getEntriesByType('resource').map((x) => new URL(x.name).origin))]")
    engine = snippet.split('src="')[1].split("/widget.js")[0]
    assert engine in origins and set(origins) <= {engine, origin, "null"}, origins
    problems("CORS policy", "ERR_FAILED", "favicon", "/files/")
    print("finished", flush=True)
finally:
    browser.quit()
