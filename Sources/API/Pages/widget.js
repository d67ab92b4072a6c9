"use strict";

// The chat, on any site: one script, in a shadow root of its own. It keeps what was said in the DOM alone, and the
// visitor's token and unsent messages in this browser. Every message has an id made here, so that sending it again is
// harmless. As `data-mode="page"` it is all of our own page.
(() => {
  const tag = document.currentScript ?? document.querySelector("script[data-connection][src*='widget.js']");
  const { connection, mode, identity: signed, ...data } = tag.dataset;
  const base = `${new URL(tag.src).origin}/chat/${connection}`;
  const isPage = mode === "page";

  const texts = {
    title: "", subtitle: "", hello: "Hello!", welcome: "Write a message, and the answer appears here.",
    placeholder: "Write a message", open: "Open the chat", close: "Close the chat", send: "Send",
    attach: "Add a file", newest: "Newest message", online: "Online", connecting: "Connecting…",
    offline: "No connection, trying again…", closed: "This chat is closed", sending: "Sending…",
    waiting: "Waiting for the connection…", failed: "Not sent", uncertain: "Perhaps not sent",
    person: "A person", writing: "An answer is being written", start: "Start the chat", name: "Name",
    email: "E-mail", phone: "Phone", form: "Please tell us first how we reach you.", required: "required",
    too_large: "Too large, or too many files", today: "Today", you: "You", answer: "Answer", remove: "Remove",
    download: "Download", hint: "Enter sends, Shift and Enter begins a new line. At most 4000 characters.",
    unshown: "This message cannot be shown.", earlier: "Earlier messages",
  };
  const icons = {
    chat: "M21 11.5a8.4 8.4 0 0 1-8.5 8.3 8.7 8.7 0 0 1-3.7-.8L3 21l1.9-5a8 8 0 0 1-.9-3.8A8.5 8.5 0 0 1 12.5 3.2a8.4 8.4 0 0 1 8.5 8.3Z",
    close: "M6 6l12 12M18 6 6 18",
    send: "M12 20V5M5.5 11.5 12 5l6.5 6.5",
    attach: "M20 11.5l-8.3 8.3a5 5 0 0 1-7.1-7.1l8.8-8.8a3.3 3.3 0 0 1 4.7 4.7l-8.8 8.8a1.7 1.7 0 0 1-2.4-2.4l8-8",
    file: "M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8ZM14 3v5h5",
  };

  // MARK: Small parts

  const storage = `aigentable ${connection}`;
  // Storage may be forbidden; then the chat lasts as long as the page.
  const load = (key) => {
    try { return JSON.parse(localStorage.getItem(`${storage} ${key}`)); } catch { return null; }
  };
  const save = (key, value) => {
    try { localStorage.setItem(`${storage} ${key}`, JSON.stringify(value)); } catch { /* see above */ }
  };

  // An element of a name and class, with attributes, and children or text. Text only ever enters as text.
  function make(name, className, attributes = {}, ...children) {
    const element = document.createElement(name);
    if (className) element.className = className;
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (value === true) element.setAttribute(key, "");
      else if (value !== false && value != null) element.setAttribute(key, value);
    }
    element.append(...children.filter((child) => child != null));
    return element;
  }

  function icon(name, size = 22) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": true })) {
      svg.setAttribute(key, value);
    }
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", icons[name]);
    svg.append(path);
    return svg;
  }

  function uuid() {
    if (crypto.randomUUID) return crypto.randomUUID();
    // Pages without TLS have no randomUUID.
    const b = crypto.getRandomValues(new Uint8Array(16));
    b[6] = (b[6] & 15) | 64;
    b[8] = (b[8] & 63) | 128;
    const hex = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
    return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
  }

  const pause = (ms) => new Promise((done) => {
    const timer = setTimeout(done, ms);
    addEventListener("online", () => { clearTimeout(timer); done(); }, { once: true });
  });
  // Doubling from half a second to 20, with a part left to chance.
  const backoff = (attempt) => Math.min(20000, 500 * 2 ** attempt) * (0.75 + Math.random() / 2);
  const clock = (date) => date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const size = (bytes) => bytes >= 1048576 ? `${(bytes / 1048576).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1024))} KB`;
  const offset = (place) => Number(place.split(":")[1]);
  // What was read of a conversation, of which each has a partition: a place says nothing of another's.
  const seenOf = (place) => `seen ${place.split(":")[0]}`;

  // MARK: State

  let config = null;
  let identity = signed || null;
  let visitor = null;
  let position = ""; // of the last durable message, partition:offset
  let previous = null; // before which there are earlier messages, partition:offset
  let asked = null; // the place for which that is under way
  let stream = null; // what ends it
  let isOpen = false;
  let isJoined = false;
  let isSending = false;
  let isClosed = false;
  let unread = 0;
  let waitingSince = 0; // when the visitor began to wait for an answer
  let typedAt = 0;
  let chosen = []; // files to be sent with the next message
  const queue = []; // what is still to be sent, in order
  const byID = new Map(); // server's message id, or "client " and ours -> element
  const files = new Map(); // file id -> what shows it again
  const unreported = new Set(); // messages of theirs that the server does not know to be read
  const unsettled = new Map(); // since when the server does not know such a message
  let lag = 0; // how often in a row not all of them were taken
  let reporting = null; // the timer; the call's ids while it is being said

  // MARK: The elements

  const host = document.createElement("aigentable-chat");
  const root = host.attachShadow({ mode: "open" });
  const box = make("div", `root ${isPage ? "page" : "bubble-mode"}`);
  const badge = make("span", "badge", { hidden: true });
  const launch = make("button", "launch", { type: "button", "aria-haspopup": "dialog", onclick: () => (isOpen ? hide() : show()) }, icon("chat", 28), icon("close", 26), badge);
  const state = make("p", "state", { id: "state", role: "status", "data-state": "connecting" }, make("i", "", { "aria-hidden": "true" }), make("span"));
  const title = make(isPage ? "h1" : "h2", "title");
  const mark = make("span", "mark", { "aria-hidden": "true" }, icon("chat"));
  const close = make("button", "icon", { type: "button", hidden: isPage, onclick: hide }, icon("close"));
  const earlier = make("button", "earlier", { id: "earlier", type: "button", hidden: true, onclick: goBack });
  const welcome = make("div", "welcome", { id: "welcome" });
  const list = make("div", "list", { id: "messages", role: "log", "aria-live": "off", "aria-relevant": "additions" });
  const typing = make("p", "typing", { id: "typing", hidden: true },
    make("span", "dots", { "aria-hidden": "true" }, make("i"), make("i"), make("i")), make("span", "hidden"));
  const scroll = make(isPage ? "main" : "div", "scroll", { id: "scroll", tabindex: "0", role: isPage ? null : "group" }, earlier, welcome, list, typing);
  const latest = make("button", "latest", { id: "latest", type: "button", hidden: true });
  const input = make("textarea", "", { id: "text", rows: "1", maxlength: "4000", enterkeyhint: "send", "aria-describedby": "hint" });
  const send = make("button", "send", { id: "send", type: "submit", disabled: true }, icon("send", 20));
  const picker = make("input", "", { type: "file", multiple: true, hidden: true, tabindex: "-1" });
  const attach = make("button", "icon", { type: "button", onclick: () => picker.click() }, icon("attach", 20));
  const chips = make("div", "chosen", { hidden: true });
  const problem = make("p", "problem", { role: "alert", hidden: true });
  const hint = make("p", "hidden", { id: "hint" });
  const form = make("form", "composer", { id: "composer", autocomplete: "off" }, chips, problem, input, attach, send, picker, hint);
  const chat = make("div", "chat", { role: isPage ? null : "dialog", hidden: !isPage },
    make("header", "", {}, mark, make("div", "who", {}, title, state), close), scroll, latest, form);
  box.append(chat);
  if (!isPage) box.append(launch);
  root.append(box);

  function style(target, text) {
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(text);
      target.adoptedStyleSheets = [...target.adoptedStyleSheets, sheet];
    } catch {
      (target.head ?? target).append(make("style", "", {}, text));
    }
  }
  style(root, "{{style}}");
  if (isPage) {
    style(document, "html,body{height:100%;margin:0;background:#eceff4}@media(prefers-color-scheme:dark){html,body{background:#0c0e15}}");
  }

  // MARK: How it looks

  const parse = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((x) => (x / 255 <= 0.04045 ? x / 255 / 12.92 : ((x / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [x, y] = [luminance(a), luminance(b)].sort((m, n) => n - m);
    return (x + 0.05) / (y + 0.05);
  };

  // The company's colour, with what can be read on it, and as a text that can be read (WCAG 1.4.3).
  function paint() {
    const scheme = data.scheme ?? config.scheme;
    const isDark = scheme === "dark" || (scheme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
    host.toggleAttribute("data-dark", isDark);
    const given = data.color ?? config.color;
    const accent = parse(/^#[0-9a-f]{6}$/i.test(given ?? "") ? given : isDark ? "#5660f0" : "#3d46d6");
    const [white, black] = [[255, 255, 255], [17, 20, 30]];
    const on = contrast(accent, white) >= 4.5 || contrast(accent, white) >= contrast(accent, black) ? white : black;
    let ink = accent;
    const [ground, goal] = isDark ? [[20, 23, 31], white] : [white, [0, 0, 0]];
    for (let step = 1; step <= 20 && contrast(ink, ground) < 4.6; step++) {
      ink = accent.map((x, at) => Math.round(x + ((goal[at] - x) * step) / 20));
    }
    host.style.setProperty("--accent", `rgb(${accent})`);
    host.style.setProperty("--on-accent", `rgb(${on})`);
    host.style.setProperty("--accent-ink", `rgb(${ink})`);
  }

  function dress() {
    Object.assign(texts, config.texts);
    for (const key of Object.keys(texts)) {
      const name = key.replace(/_./g, (x) => x[1].toUpperCase());
      const own = data[`text${name[0].toUpperCase()}${name.slice(1)}`] ?? (key === "title" ? data.title : undefined);
      if (own != null) texts[key] = own;
    }
    texts.title ||= config.name;
    paint();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
    box.classList.toggle("left", (data.position ?? config.position) === "left");
    const logo = data.logo ?? config.logo;
    if (/^(https:|data:image\/)/.test(logo ?? "")) {
      mark.replaceChildren(make("img", "", { src: logo, alt: "", onerror: () => mark.replaceChildren(icon("chat")) }));
    }
    title.textContent = texts.title;
    if (!isPage) chat.setAttribute("aria-label", texts.title);
    launch.setAttribute("aria-label", texts.open);
    close.setAttribute("aria-label", texts.close);
    send.setAttribute("aria-label", texts.send);
    attach.setAttribute("aria-label", texts.attach);
    picker.setAttribute("aria-label", texts.attach);
    attach.hidden = !config.attachments;
    input.placeholder = texts.placeholder;
    hint.textContent = texts.hint;
    input.setAttribute("aria-label", texts.placeholder);
    scroll.setAttribute("aria-label", texts.title);
    list.setAttribute("aria-label", texts.title);
    typing.lastChild.textContent = texts.writing;
    earlier.textContent = texts.earlier;
    latest.replaceChildren(`${texts.newest} `, make("span", "", { "aria-hidden": "true" }, "↓"));
    welcome.replaceChildren(make("p", "hello", {}, texts.hello), make("p", "", {}, texts.welcome));
    if (config.quick_replies.length) {
      welcome.append(choices(config.quick_replies.map((text) => ({ title: text }))));
    }
    tell("connecting");
  }

  function tell(name) {
    state.dataset.state = name === "closed" ? "offline" : name;
    const text = name === "online" && texts.subtitle ? texts.subtitle : texts[name];
    if (state.lastChild.textContent !== text) state.lastChild.textContent = text;
  }

  // MARK: Opening and closing

  function show() {
    isOpen = true;
    chat.hidden = false;
    box.classList.add("open");
    launch.setAttribute("aria-expanded", "true");
    launch.setAttribute("aria-label", texts.close);
    resize();
    see();
    toEnd();
    begin();
    if (!isPage) (root.querySelector(".form input") ?? input).focus();
  }

  function hide() {
    if (isPage) return;
    isOpen = false;
    chat.hidden = true;
    box.classList.remove("open");
    launch.setAttribute("aria-expanded", "false");
    count();
    launch.focus();
  }

  function see() {
    if (position) save(seenOf(position), position);
    unread = 0;
    count();
    report();
  }

  // Says what was shown, a second later, with what is shown meanwhile; what is not taken again, ever later up to a minute.
  function report() {
    if (reporting || !unreported.size || !isOpen || document.hidden || !visitor) return;
    reporting = setTimeout(deliver, Math.min(60000, 1000 * 2 ** lag));
  }

  function reportSoon() {
    if (lag && typeof reporting === "number") { clearTimeout(reporting); reporting = null; }
    lag = 0;
  }

  async function deliver() {
    clearTimeout(reporting);
    const ids = [...unreported].slice(0, 100);
    reporting = ids;
    lag += 1;
    const response = await call("receipts", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ read: ids }),
      keepalive: true, // the page may go
    }).catch(() => null);
    // What is refused would be refused again.
    const isAway = !response || response.status >= 500 || [401, 408, 429].includes(response.status);
    const { unknown = [] } = isAway ? {} : await response.json().catch(() => ({}));
    if (reporting !== ids) return; // it was said anew meanwhile, or another visitor came
    reporting = null;
    if (!isAway) {
      if (!unknown.length) lag = 0;
      for (const id of ids) {
        unreported.delete(id);
        const since = unsettled.get(id) ?? Date.now();
        unsettled.delete(id);
        // What this page heard of may be known later; others go first then.
        if (!unknown.includes(id) || Date.now() - since > 600000) continue;
        unsettled.set(id, since);
        unreported.add(id);
      }
    }
    report();
  }

  function count() {
    badge.hidden = !unread;
    badge.textContent = unread > 99 ? "99+" : String(unread);
    if (!isOpen) launch.setAttribute("aria-label", unread ? `${texts.open} (${unread})` : texts.open);
  }

  // MARK: What is shown

  // Addresses become links of two safe schemes.
  const link = (href, ...children) =>
    make("a", "", { href, rel: "noopener noreferrer nofollow", target: "_blank" }, ...children);

  // A text with its addresses as links, in pieces.
  function linked(text) {
    const pieces = [];
    let end = 0;
    for (const match of text.matchAll(/https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g)) {
      pieces.push(text.slice(end, match.index), link(match[0], match[0]));
      end = match.index + match[0].length;
    }
    return [...pieces, text.slice(end)];
  }
  function fill(element, text) {
    element.classList.remove("marked");
    element.replaceChildren(...linked(text));
  }

  // What the server made of Markdown: of it, these and no others are taken over, and no attribute but where links
  // lead and lists begin.
  const marks = new Set(["P", "STRONG", "EM", "DEL", "CODE", "PRE", "UL", "OL", "LI", "BLOCKQUOTE", "BR", "HR"]);
  function marked(node) {
    const name = node.tagName;
    if (!name) return node.parentNode.tagName === "A" ? [node.data] : linked(node.data);
    const children = [...node.childNodes].flatMap(marked);
    if (marks.has(name)) return [make(name, "", { start: node.getAttribute("start") }, ...children)];
    if (/^H[1-6]$/.test(name)) return [make("p", "", {}, make("strong", "", {}, ...children))];
    if (name === "A" && /^(https?|mailto|tel):/i.test(node.getAttribute("href"))) return [link(node.href, ...children)];
    return [node.getAttribute("alt") ?? "", ...children];
  }
  function fillMarked(element, html) {
    element.classList.add("marked");
    element.replaceChildren(...[...new DOMParser().parseFromString(html, "text/html").body.children].flatMap(marked));
  }

  const isAtEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 90;
  function toEnd() {
    scroll.scrollTop = scroll.scrollHeight;
    latest.hidden = true;
  }
  // Runs a change; whoever reads the end goes on reading the end.
  function keepEnd(change) {
    const wasAtEnd = isAtEnd();
    change();
    if (wasAtEnd) toEnd();
  }

  function item(mine) {
    return make("div", `message ${mine ? "mine" : "theirs"} enter`, {},
      make("span", "hidden", {}, `${mine ? texts.you : texts.answer}: `), make("div", "bubble"), make("p", "meta"));
  }

  function describe(element, status) {
    element.dataset.status = status;
    element.classList.toggle("sending", status === "sending" || status === "waiting");
    element.classList.toggle("failed", status === "failed");
    const author = element.dataset.author === "person" ? `${texts.person} · ` : "";
    const word = { sending: 1, waiting: 1, failed: 1, uncertain: 1 }[status] && texts[status];
    element.querySelector(".meta").textContent = word || author + clock(new Date(element.dataset.at));
  }

  // Puts an element where its time belongs: messages come in order, but unsent ones stay at the end.
  function place(element) {
    const unsent = element.dataset.position ? [...list.children].find((x) => x.dataset.at && !x.dataset.position) : null;
    list.insertBefore(element, unsent ?? null);
    arrange();
  }

  // Days between messages, and space where the speaker changes.
  function arrange() {
    let [day, side, last] = ["", "", null];
    for (const element of [...list.children]) if (element.className === "day") element.remove();
    for (const element of [...list.children]) {
      const date = new Date(element.dataset.at);
      const name = date.toDateString();
      if (name !== day) {
        const text = name === new Date().toDateString() ? texts.today : date.toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
        list.insertBefore(make("div", "day", {}, text), element);
        [day, side, last] = [name, "", null];
      }
      const now = element.classList.contains("mine") ? "mine" : element.dataset.author;
      element.classList.toggle("turn", now !== side);
      // Of messages of one speaker in one minute, the last shows the time.
      const meta = element.querySelector(".meta").textContent;
      last?.classList.toggle("run", now === side && last.querySelector(".meta").textContent === meta);
      element.classList.remove("run");
      [last, side] = [element, now];
    }
    welcome.hidden = list.children.length > 0;
    // What was offered can be chosen until something else was said.
    const messages = [...list.querySelectorAll(".message")];
    messages.forEach((message, at) => {
      for (const choice of message.querySelectorAll(".choice")) choice.disabled = at < messages.length - 1;
    });
  }

  function choices(offered) {
    return make("div", "choices", {}, ...offered.map(({ title, payload, description }) =>
      make("button", "choice", { type: "button", onclick: () => { compose(title, [], payload); input.focus(); } }, title,
        description ? make("small", "", {}, description) : null)));
  }

  const pictures = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"];

  function picture(url, name) {
    const image = make("img", "", { src: url, alt: name ?? "" });
    image.addEventListener("load", () => { if (isAtEnd() || !isJoined) toEnd(); });
    return make("button", "picture", { type: "button", "aria-label": name || texts.download, onclick: () => open(url, "_blank", "noopener") }, image);
  }

  const chip = (file, act) => make(act ? "button" : "div", "file", act ? { type: "button", onclick: act } : {}, icon("file"),
    make("span", "", {}, make("b", "", {}, file.name ?? texts.download), make("small", "", {}, file.bytes ? size(file.bytes) : "")));

  async function fetched(file) {
    let response = await call(`files/${file.id}`);
    // The stream runs ahead of what files are looked up in.
    for (let attempt = 0; response.status === 404 && attempt < 6; attempt++) {
      await pause(backoff(attempt) / 4);
      response = await call(`files/${file.id}`);
    }
    if (!response.ok) throw new Error(String(response.status));
    const bytes = await response.arrayBuffer();
    // What a browser would run is only ever kept.
    const type = pictures.includes(file.media_type) ? file.media_type : "application/octet-stream";
    return URL.createObjectURL(new Blob([bytes], { type }));
  }

  // A file of a message as the log has it.
  function attachment(file) {
    const place = make("div");
    const draw = async () => {
      if (file.state !== "stored") return place.replaceChildren(chip(file));
      place.replaceChildren(chip(file, async () => {
        const url = await fetched(file).catch(() => null);
        if (url) make("a", "", { href: url, download: file.name ?? "file" }).click();
      }));
      if (!pictures.includes(file.media_type) || file.bytes > 8388608) return;
      const url = await fetched(file).catch(() => null);
      if (url) keepEnd(() => place.replaceChildren(picture(url, file.name)));
    };
    files.set(file.id, (state) => { file.state = state; draw(); });
    draw();
    return place;
  }

  // The element of a message as the log has it.
  function draw(message) {
    const mine = message.direction === "inbound";
    const key = mine && message.client_id ? `client ${message.client_id}` : message.id;
    let element = byID.get(key);
    if (!element) element = item(mine);
    // Moving an element would begin its entrance again.
    else element.classList.remove("enter", "streaming");
    element.removeAttribute("aria-hidden");
    byID.set(key, element);
    byID.set(message.id, element);
    Object.assign(element.dataset, { at: message.at, position: message.position, author: message.author });
    const bubble = element.querySelector(".bubble");
    const hasMore = message.attachments?.length || message.choices?.length;
    if (message.html) fillMarked(bubble, message.html);
    else fill(bubble, message.text ?? (hasMore ? "" : texts.unshown));
    if (!element.dataset.files && message.attachments?.length) {
      element.dataset.files = "1";
      for (const file of message.attachments) bubble.before(attachment(file));
    }
    if (!element.querySelector(".choices") && message.choices?.length) bubble.after(choices(message.choices));
    const quoted = byID.get(message.reply_to)?.querySelector(".bubble").textContent;
    if (quoted && !element.querySelector(":scope > blockquote")) bubble.before(make("blockquote", "", {}, quoted.slice(0, 200)));
    describe(element, message.status);
    if (mine) drop(message.client_id);
    else if (message.status !== "read") {
      unreported.add(message.id);
      reportSoon();
    }
    return element;
  }

  // A message that comes after all others.
  function receive(message) {
    const mine = message.direction === "inbound";
    const seen = load(seenOf(message.position));
    const isNew = seen ? offset(message.position) > offset(seen) : isJoined;
    keepEnd(() => place(draw(message)));
    position = message.position;
    if (isOpen && !document.hidden) save(seenOf(position), position);
    else if (isNew && !mine) {
      unread += 1;
      count();
    }
    if (mine) return;
    report();
    wait(false);
    if (!isAtEnd()) latest.hidden = false;
  }

  function offer(place) {
    previous = place ?? null;
    earlier.hidden = !previous;
  }

  // Asks for the messages before those that are shown, until they are here.
  async function goBack() {
    if (!previous || asked === previous) return;
    const [asker, from] = [visitor, previous];
    asked = from;
    earlier.setAttribute("aria-busy", "true");
    let page = null;
    for (let attempt = 0; !page && visitor === asker && previous === from && !isClosed; attempt++) {
      try {
        const response = await call(`messages?before=${from}`, { signal: AbortSignal.timeout(30000) });
        if (response.ok) page = await response.json();
        // A place that is refused leads nowhere, now and later.
        else if (response.status < 500 && response.status !== 408 && response.status !== 429) page = { items: [] };
      } catch { /* away: again below */ }
      if (!page) await pause(backoff(attempt));
    }
    // Another visitor may have come meanwhile.
    if (asked !== from) return;
    asked = null;
    earlier.removeAttribute("aria-busy");
    if (page && visitor === asker && previous === from) prepend(page);
  }

  // What is read stays where it is, and is not read out again.
  function prepend({ items, previous }) {
    list.setAttribute("aria-live", "off");
    const wasOnButton = root.activeElement === earlier;
    const toBottom = scroll.scrollHeight - scroll.scrollTop;
    const elements = items.map(draw);
    for (const element of elements) element.classList.remove("enter");
    list.prepend(...elements);
    arrange();
    offer(previous);
    scroll.scrollTop = scroll.scrollHeight - toBottom;
    if (wasOnButton) {
      const next = elements.at(-1) ?? scroll;
      next.tabIndex = next === scroll ? 0 : -1;
      next.focus({ preventScroll: true });
    }
    report();
    setTimeout(() => { if (isJoined) list.setAttribute("aria-live", "polite"); }, 500);
  }

  // A part of an answer that is being written, or what all of it means so far. Parts may be missing; the message itself
  // replaces them.
  function extend({ reply, text, html }) {
    keepEnd(() => {
      let element = byID.get(reply);
      if (element?.dataset.position) return;
      if (!element) {
        element = item(false);
        element.classList.add("streaming");
        // Read out once it is whole.
        element.setAttribute("aria-hidden", "true");
        Object.assign(element.dataset, { at: new Date().toISOString(), author: "agent" });
        byID.set(reply, element);
        list.append(element);
        arrange();
      }
      const bubble = element.querySelector(".bubble");
      // Empty where all of it may yet be marks.
      if (html != null) fillMarked(bubble, html);
      else if (!bubble.classList.contains("marked")) fill(bubble, bubble.textContent + text);
    });
    typing.hidden = true;
  }

  // - Parameter ms: after which nobody is waited for any more; an answer that never comes is not announced for ever.
  function wait(isWaiting, ms = 60000) {
    waitingSince = isWaiting ? Date.now() + ms : 0;
    keepEnd(() => { typing.hidden = !isWaiting; });
  }
  setInterval(() => { if (waitingSince && Date.now() > waitingSince) wait(false); }, 1000);

  // MARK: The server

  const call = (path, options = {}) => fetch(`${base}/${path}`, {
    ...options, credentials: "omit", headers: { ...options.headers, Authorization: `Bearer ${visitor}` },
  });

  // A visitor for this browser, or the one whom the company signed for.
  async function session(profile) {
    if (!identity) visitor = load("visitor");
    for (let attempt = 0; !visitor; attempt++) {
      try {
        const response = await fetch(`${base}/session`, {
          method: "POST", credentials: "omit", headers: { "Content-Type": "application/json" },
          body: JSON.stringify(identity ? { identity } : profile ?? {}),
        });
        if (response.ok) {
          visitor = (await response.json()).visitor;
          // A person who signs out of the company's site is not to be found here by the next one.
          if (!identity) save("visitor", visitor);
          return true;
        }
        if (response.status === 422) return false;
        if (response.status < 500 && response.status !== 429) {
          isClosed = true;
          tell("closed");
          return false;
        }
      } catch { /* away: again below */ }
      tell("offline");
      await pause(backoff(attempt));
    }
    return true;
  }

  let beginning = null;
  function begin() {
    if (visitor || isClosed) return;
    if (!identity && !load("visitor") && config.pre_chat.length) return ask();
    beginning ??= session().then((ok) => { beginning = null; if (ok) follow(); });
  }

  // What the company wants to know before the first message.
  function ask() {
    if (root.querySelector(".form")) return;
    form.hidden = true;
    const fields = config.pre_chat.map(({ name, required }) => make("label", "", {},
      // That it is required the field itself tells a screen reader.
      make("span", "", {}, texts[name], required ? make("small", "", { "aria-hidden": "true" }, ` (${texts.required})`) : null),
      make("input", "", {
        name, required, maxlength: "200", type: { email: "email", phone: "tel" }[name] ?? "text",
        autocomplete: { email: "email", phone: "tel" }[name] ?? "name",
      })));
    const wrong = make("p", "problem", { role: "alert", hidden: true });
    const ended = make("form", "form", {}, make("p", "", {}, texts.form), ...fields, wrong, make("button", "", { type: "submit" }, texts.start));
    ended.addEventListener("submit", async (event) => {
      event.preventDefault();
      const profile = Object.fromEntries([...new FormData(ended)].filter(([, value]) => value.trim()));
      // Blanks alone are something to the browser, and nothing to the server.
      const missing = [...ended.querySelectorAll("input")].find((x) => x.required && !profile[x.name]);
      if (missing || !(await session(profile))) {
        wrong.textContent = missing ? `${texts[missing.name]}: ${texts.required}` : texts.form;
        wrong.hidden = false;
        return (missing ?? ended.querySelector("input")).focus();
      }
      ended.remove();
      form.hidden = false;
      arrange();
      input.focus();
      follow();
    });
    welcome.hidden = true;
    scroll.prepend(ended);
    tell("online");
  }

  // Follows the conversation until the page ends. Whoever comes back is told what came after the last event seen.
  async function follow() {
    for (let attempt = 0; visitor && !isClosed;) {
      const ending = new AbortController();
      stream = ending;
      let watch = null;
      const alive = () => { clearTimeout(watch); watch = setTimeout(() => ending.abort(), 45000); };
      try {
        alive();
        const response = await call("stream", {
          signal: ending.signal, cache: "no-store", headers: position ? { "Last-Event-ID": position } : {},
        });
        if (response.status === 401) await renew();
        else if (response.status === 404 || response.status === 403) {
          isClosed = true;
          return tell("closed");
        } else if (response.ok) {
          attempt = 0;
          tell("online");
          flush();
          const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
          for (let rest = "", part; !(part = await reader.read()).done;) {
            alive();
            const blocks = (rest + part.value).split("\n\n");
            rest = blocks.pop();
            for (const block of blocks) hear(block);
            join();
          }
        }
      } catch { /* away: again below */ } finally { clearTimeout(watch); }
      if (stream !== ending) return;
      tell(navigator.onLine ? "connecting" : "offline");
      if (document.hidden && !isOpen) await new Promise((done) => document.addEventListener("visibilitychange", done, { once: true }));
      await pause(backoff(attempt++));
    }
  }

  // What was is not read out; what comes from here on is.
  function join() {
    if (isJoined) return;
    isJoined = true;
    if (isOpen) { toEnd(); see(); }
    setTimeout(() => list.setAttribute("aria-live", "polite"), 0);
  }

  function hear(block) {
    const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: ?(.*)/s)));
    if (!fields.data) return;
    const value = JSON.parse(fields.data);
    if (fields.event === "message") receive(value);
    else if (fields.event === "delta") extend(value);
    else if (fields.event === "file") files.get(value.id)?.(value.state);
    else if (fields.event === "earlier") offer(value.previous);
    else if (fields.event === "typing") { if (value.author === "person") wait(true, 6000); }
    else if (fields.event === "status") {
      const element = byID.get(value.id);
      // Who comes back is told of earlier ones, too; an answer to the last one may still come.
      if (value.status === "unanswered") {
        if (element && element === [...list.querySelectorAll(".mine")].at(-1)) wait(false);
      } else if (element) describe(element, value.status);
    }
    if (fields.id && fields.event !== "message") position = fields.id;
  }

  // A token that is refused begins a new chat.
  async function renew() {
    visitor = null;
    if (!identity) save("visitor", null);
    position = "";
    offer(null);
    await session();
  }

  // MARK: Sending

  function compose(text, sent = [], payload) {
    const message = { id: uuid(), ...(text && { text }), ...(payload && { payload }), ...(sent.length && { files: sent.map(({ name, type, data }) => ({ name, type, data })) }) };
    enqueue(message, sent);
    if (!isPage && !visitor) begin();
    toEnd();
    flush();
  }

  function enqueue(message, sent = []) {
    const element = item(true);
    Object.assign(element.dataset, { at: new Date().toISOString(), author: "contact" });
    const bubble = element.querySelector(".bubble");
    fill(bubble, message.text ?? "");
    for (const file of sent) {
      element.dataset.files = "1";
      bubble.before(pictures.includes(file.type) ? picture(file.url, file.name) : chip(file));
    }
    describe(element, "sending");
    byID.set(`client ${message.id}`, element);
    queue.push(message);
    keep();
    list.append(element);
    arrange();
  }

  // Files are too large to be kept, and what a known person wrote is not for the next one at this browser.
  function keep() { if (!identity) save("unsent", queue.filter((message) => !message.files)); }

  function drop(id) {
    const index = queue.findIndex((message) => message.id === id);
    if (index < 0) return;
    queue.splice(index, 1);
    keep();
  }

  // Sends what waits, one after the other. The same id is sent again until the server has taken it.
  async function flush() {
    if (isSending || !visitor) return;
    isSending = true;
    for (let attempt = 0; queue.length > 0;) {
      const message = queue[0];
      const element = byID.get(`client ${message.id}`);
      let response = null;
      try {
        response = await call("messages", {
          method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(message),
        });
      } catch { /* no answer: again below */ }
      if (response?.ok) {
        drop(message.id);
        if (!element.dataset.position) describe(element, "sent");
        wait(true);
        attempt = 0;
      } else if (response?.status === 401 && attempt === 0) {
        attempt++;
        await renew();
      } else if (response && response.status < 500 && response.status !== 408 && response.status !== 429) {
        drop(message.id);
        describe(element, "failed");
        attempt = 0;
      } else {
        describe(element, "waiting");
        await pause(backoff(attempt++));
      }
    }
    isSending = false;
  }

  async function choose(given) {
    problem.hidden = true;
    for (const file of given) {
      const total = chosen.reduce((sum, x) => sum + x.bytes, file.size);
      if (!file.size || total > config.maximum_file_bytes || chosen.length >= config.maximum_files) {
        problem.textContent = `${texts.too_large} (${size(config.maximum_file_bytes)})`;
        problem.hidden = false;
        continue;
      }
      const url = await new Promise((done) => {
        const reader = new FileReader();
        reader.onload = () => done(reader.result);
        reader.onerror = () => done(null);
        reader.readAsDataURL(file);
      });
      if (!url) continue;
      const shown = URL.createObjectURL(file);
      chosen.push({ name: file.name, type: file.type, bytes: file.size, data: url.slice(url.indexOf(",") + 1), url: shown });
    }
    listChosen();
    input.focus();
  }

  function listChosen() {
    chips.replaceChildren(...chosen.map((file) => make("span", "", {}, file.name, make("button", "", {
      type: "button", "aria-label": `${texts.remove}: ${file.name}`,
      onclick: () => { chosen = chosen.filter((x) => x !== file); listChosen(); input.focus(); },
    }, icon("close", 14)))));
    chips.hidden = !chosen.length;
    resize();
  }

  function resize() {
    input.style.height = "auto";
    input.style.height = `${input.scrollHeight}px`;
    send.disabled = input.value.trim() === "" && !chosen.length;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text && !chosen.length) return;
    const sent = chosen;
    chosen = [];
    input.value = "";
    problem.hidden = true;
    listChosen();
    compose(text, sent);
    input.focus();
  });
  input.addEventListener("input", () => {
    resize();
    // A hint for people on the other side; more often says nothing more.
    if (visitor && input.value && Date.now() - typedAt > 4000) {
      typedAt = Date.now();
      call("typing", { method: "POST" }).catch(() => {});
    }
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  input.addEventListener("paste", (event) => {
    if (config.attachments && event.clipboardData?.files.length) { event.preventDefault(); choose([...event.clipboardData.files]); }
  });
  picker.addEventListener("change", () => { choose([...picker.files]); picker.value = ""; });
  chat.addEventListener("dragover", (event) => { if (config.attachments) event.preventDefault(); });
  chat.addEventListener("drop", (event) => {
    if (!config.attachments || !event.dataTransfer.files.length) return;
    event.preventDefault();
    choose([...event.dataTransfer.files]);
  });
  chat.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  latest.addEventListener("click", toEnd);
  scroll.addEventListener("scroll", () => { if (isAtEnd()) latest.hidden = true; }, { passive: true });
  addEventListener("offline", () => { if (visitor) { tell("offline"); stream?.abort(); } });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { if (reporting) deliver(); } else if (isOpen) see();
  });

  // MARK: Beginning

  async function start() {
    for (let attempt = 0; !config; attempt++) {
      try {
        const response = await fetch(`${base}/config`, { credentials: "omit" });
        if (response.ok) config = await response.json();
        // A site that may not embed it, or a chat that is no more.
        else if (response.status < 500 && response.status !== 429) {
          if (!isPage) return console.warn(`aigentable: the chat cannot be shown here (${response.status})`);
          isClosed = true;
          return tell("closed");
        }
      } catch { /* away: again below */ }
      if (!config) await pause(backoff(attempt));
    }
    if (!document.body) await new Promise((done) => addEventListener("DOMContentLoaded", done, { once: true }));
    dress();
    document.body.append(host);
    // What a closed page left unsent is sent now, with the ids that it had.
    if (!identity) for (const message of load("unsent") ?? []) enqueue(message);
    arrange();
    resize();
    if (isPage || data.open != null) show();
    // Who was here before is told of what came since.
    else if (load("visitor") || identity) begin();
  }

  window.aigentable = {
    open: show,
    close: hide,
    /** Begins anew as the person whom the company signed for; without a token as nobody known. */
    async identify(token) {
      identity = token || null;
      stream?.abort();
      stream = null;
      clearTimeout(reporting);
      [visitor, position, isJoined, isClosed, unread, reporting, lag] = [null, "", false, false, 0, null, 0];
      queue.length = 0;
      byID.clear();
      files.clear();
      unreported.clear();
      unsettled.clear();
      offer(null);
      list.replaceChildren();
      list.setAttribute("aria-live", "off");
      arrange();
      count();
      begin();
    },
  };
  start();
})();
