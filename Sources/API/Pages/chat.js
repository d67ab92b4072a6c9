"use strict";

// The page of a web chat: it keeps what was said in the DOM alone, and the visitor's token and unsent messages in
// this browser. Every message has an id made here, so that sending it again is harmless.

const base = location.pathname.replace(/\/+$/, "");
const stored = `aigentable ${base}`;
const $ = (id) => document.getElementById(id);
const [list, scroll, typing, latest, form, input, send, state] =
  ["messages", "scroll", "typing", "latest", "composer", "text", "send", "state"].map($);

const byID = new Map(); // server's message id, or "client " and ours -> element
const queue = []; // what is still to be sent, in order
let visitor = null;
let stream = null;
let position = ""; // of the last durable message, partition:offset
let isSending = false;
let isJoined = false;
let waitingSince = 0; // when the visitor began to wait for an answer

// Storage may be forbidden; then the chat lasts as long as the page.
function load(key) {
  try { return JSON.parse(localStorage.getItem(`${stored} ${key}`)); } catch { return null; }
}
function save(key, value) {
  try { localStorage.setItem(`${stored} ${key}`, JSON.stringify(value)); } catch { /* see above */ }
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

function show(name, text) {
  if (state.dataset.state === name) return;
  state.dataset.state = name;
  state.lastChild.textContent = text;
}

// Text only ever enters as text; addresses become links of two safe schemes.
function fill(element, text) {
  element.textContent = "";
  let end = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g)) {
    element.append(text.slice(end, match.index));
    const link = document.createElement("a");
    link.href = match[0];
    link.textContent = match[0];
    link.rel = "noopener noreferrer nofollow";
    link.target = "_blank";
    element.append(link);
    end = match.index + match[0].length;
  }
  element.append(text.slice(end));
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

function make(mine) {
  const item = document.createElement("li");
  item.className = `message ${mine ? "mine" : "theirs"} enter`;
  const bubble = document.createElement("div");
  bubble.className = "bubble";
  const meta = document.createElement("p");
  meta.className = "meta";
  const who = document.createElement("span");
  who.className = "hidden";
  who.textContent = mine ? "You: " : "Answer: ";
  item.append(who, bubble, meta);
  return item;
}

const clock = (date) => date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
const words = { sending: "Sending…", waiting: "Waiting for the connection…", failed: "Not sent", uncertain: "Perhaps not sent" };

function describe(item, status) {
  item.dataset.status = status;
  item.classList.toggle("sending", status === "sending" || status === "waiting");
  item.classList.toggle("failed", status === "failed");
  const author = item.dataset.author === "person" ? "A person · " : "";
  const time = clock(new Date(item.dataset.at));
  item.querySelector(".meta").textContent = words[status] ? `${words[status]}` : author + time;
}

// Puts an element where its time belongs: messages come in order, but unsent ones stay at the end.
function place(item) {
  const unsent = item.dataset.position ? [...list.children].find((x) => x.dataset.at && !x.dataset.position) : null;
  list.insertBefore(item, unsent ?? null);
  arrange();
}

// Days between messages, and space where the speaker changes.
function arrange() {
  let day = "";
  let side = "";
  let last = null;
  for (const item of [...list.children]) {
    if (item.className === "day") item.remove();
  }
  for (const item of [...list.children]) {
    const date = new Date(item.dataset.at);
    const name = date.toDateString();
    if (name !== day) {
      const mark = document.createElement("li");
      mark.className = "day";
      const today = name === new Date().toDateString();
      mark.textContent = today ? "Today" : date.toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
      list.insertBefore(mark, item);
      day = name;
      side = "";
      last = null;
    }
    const now = item.classList.contains("mine") ? "mine" : item.dataset.author;
    item.classList.toggle("turn", now !== side);
    // Of messages of one speaker in one minute, the last shows the time.
    const meta = item.querySelector(".meta").textContent;
    last?.classList.toggle("run", now === side && last.querySelector(".meta").textContent === meta);
    item.classList.remove("run");
    last = item;
    side = now;
  }
  $("welcome").hidden = list.children.length > 0;
}

// A message as the log has it.
function receive(message) {
  const mine = message.direction === "inbound";
  const key = mine && message.client_id ? `client ${message.client_id}` : message.id;
  keepEnd(() => {
    let item = byID.get(key);
    if (!item) item = make(mine);
    // Moving an element would begin its entrance again.
    else item.classList.remove("enter", "streaming");
    byID.set(key, item);
    byID.set(message.id, item);
    Object.assign(item.dataset, { at: message.at, position: message.position, author: message.author });
    fill(item.querySelector(".bubble"), message.text ?? "This message cannot be shown.");
    describe(item, message.status);
    if (mine) drop(message.client_id);
    place(item);
  });
  position = message.position;
  if (!mine) {
    wait(false);
    if (!isAtEnd()) latest.hidden = false;
  }
}

// A part of an answer that is being written. Parts may be missing; the message itself replaces them.
function extend({ reply, text }) {
  keepEnd(() => {
    let item = byID.get(reply);
    if (item?.dataset.position) return;
    if (!item) {
      item = make(false);
      item.classList.add("streaming");
      // Read out once it is whole.
      item.setAttribute("aria-hidden", "true");
      Object.assign(item.dataset, { at: new Date().toISOString(), author: "agent" });
      byID.set(reply, item);
      list.append(item);
      arrange();
    }
    const bubble = item.querySelector(".bubble");
    fill(bubble, bubble.textContent + text);
  });
  typing.hidden = true;
}

function wait(isWaiting) {
  waitingSince = isWaiting ? Date.now() : 0;
  keepEnd(() => { typing.hidden = !isWaiting; });
}

// An answer that never comes must not be announced for ever.
setInterval(() => { if (waitingSince && Date.now() - waitingSince > 60000) wait(false); }, 5000);

async function session() {
  visitor = load("visitor");
  for (let attempt = 0; !visitor; attempt++) {
    try {
      const response = await fetch(`${base}/session`, { method: "POST" });
      if (response.ok) {
        visitor = (await response.json()).visitor;
        save("visitor", visitor);
        return;
      }
      if (response.status === 404) return show("offline", "This chat is closed");
    } catch { /* away: again below */ }
    show("offline", "No connection, trying again…");
    await pause(backoff(attempt));
  }
}

let reconnects = 0;
let reconnecting = null;

// EventSource reconnects by itself with its last id; what it gives up on (an answer other than 200) is begun anew.
function connect() {
  stream?.close();
  clearTimeout(reconnecting);
  const query = new URLSearchParams({ token: visitor });
  if (position) query.set("after", position);
  stream = new EventSource(`${base}/stream?${query}`);
  stream.onopen = () => {
    reconnects = 0;
    show("online", "Online");
    if (!isJoined) {
      isJoined = true;
      toEnd();
    }
    flush();
  };
  stream.onerror = () => {
    show(navigator.onLine ? "connecting" : "offline", navigator.onLine ? "Reconnecting…" : "You are offline");
    if (stream.readyState === EventSource.CLOSED) reconnecting = setTimeout(resume, backoff(reconnects++));
  };
  const on = (name, handle) => stream.addEventListener(name, (event) => handle(JSON.parse(event.data)));
  on("message", (message) => {
    byID.get(message.id)?.removeAttribute("aria-hidden");
    receive(message);
  });
  on("delta", extend);
  on("status", ({ id, status }) => {
    const item = byID.get(id);
    // Who comes back is told of earlier ones, too; an answer to the last one may still come.
    if (status === "unanswered") {
      if (item && item === [...list.querySelectorAll(".mine")].at(-1)) wait(false);
    } else if (item) describe(item, status);
  });
}

// EventSource does not say why it was refused: when it is the token, a new one begins a new chat.
async function resume() {
  try {
    const response = await fetch(`${base}/messages`, { headers: { Authorization: `Bearer ${visitor}` } });
    if (response.status === 401) return renew();
  } catch { /* away: the stream finds out */ }
  connect();
}

async function renew() {
  save("visitor", null);
  position = "";
  await session();
  if (visitor) connect();
}

function compose(text) {
  const message = { id: uuid(), text };
  const item = make(true);
  Object.assign(item.dataset, { at: new Date().toISOString(), author: "contact" });
  fill(item.querySelector(".bubble"), text);
  describe(item, "sending");
  byID.set(`client ${message.id}`, item);
  queue.push(message);
  save("unsent", queue);
  list.append(item);
  arrange();
  toEnd();
  flush();
}

function drop(id) {
  const index = queue.findIndex((message) => message.id === id);
  if (index < 0) return;
  queue.splice(index, 1);
  save("unsent", queue);
}

// Sends what waits, one after the other. The same id is sent again until the server has taken it.
async function flush() {
  if (isSending || !visitor) return;
  isSending = true;
  for (let attempt = 0; queue.length > 0;) {
    const message = queue[0];
    const item = byID.get(`client ${message.id}`);
    let response = null;
    try {
      response = await fetch(`${base}/messages`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${visitor}` },
        body: JSON.stringify(message),
      });
    } catch { /* no answer: again below */ }
    if (response?.ok) {
      drop(message.id);
      if (!item.dataset.position) describe(item, "sent");
      wait(true);
      attempt = 0;
    } else if (response?.status === 401 && attempt === 0) {
      attempt++;
      await renew();
    } else if (response && response.status < 500 && response.status !== 408 && response.status !== 429) {
      drop(message.id);
      describe(item, "failed");
      attempt = 0;
    } else {
      describe(item, "waiting");
      await pause(backoff(attempt++));
    }
  }
  isSending = false;
}

function resize() {
  input.style.height = "auto";
  input.style.height = `${input.scrollHeight}px`;
  send.disabled = input.value.trim() === "";
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = input.value.trim();
  if (!text) return;
  input.value = "";
  resize();
  compose(text);
  input.focus();
});
input.addEventListener("input", resize);
input.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});
latest.addEventListener("click", toEnd);
scroll.addEventListener("scroll", () => { if (isAtEnd()) latest.hidden = true; }, { passive: true });
addEventListener("offline", () => show("offline", "You are offline"));
addEventListener("online", () => { if (visitor) connect(); });

// What a closed page left unsent is sent now, with the ids that it had.
for (const message of load("unsent") ?? []) {
  const item = make(true);
  Object.assign(item.dataset, { at: new Date().toISOString(), author: "contact" });
  fill(item.querySelector(".bubble"), message.text);
  describe(item, "sending");
  byID.set(`client ${message.id}`, item);
  queue.push(message);
  list.append(item);
}
arrange();
resize();
session().then(() => { if (visitor) connect(); });
