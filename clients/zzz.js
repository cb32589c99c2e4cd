/**
 * A client of channels: the protocol of Phoenix, version 2.0.0, over a WebSocket, or by long polling where none can be
 * opened. One file, no dependencies; copy it to where your pages find it. docs/channels.md has the server's side.
 *
 *   import { Presence, Socket } from "./zzz.js";
 *
 *   const socket = new Socket("/socket", { params: { token } });
 *   const room = socket.channel("room:lobby", { name: "Ada" });
 *   room.on("message", (message) => show(message));
 *   const presence = new Presence(room, { onSync: () => list(presence.list()) });
 *   socket.connect();
 *   await room.join();
 *   await room.push("message", { text: "Hello" });
 *
 * The connection comes back by itself, and the channels join again: listen to a channel's "join" event for what has to
 * be done each time.
 */

// Milliseconds before the next try; the last one stays.
const RECONNECT_MS = [100, 250, 500, 1000, 2000, 5000];
const REJOIN_MS = [1000, 2000, 5000, 10000];
const PROTOCOL = "2.0.0";
// Messages in one request of a client that polls; the server takes 1,000.
const MOST_LINES = 100;

/** What `join` and `push` fail with. `status` is the reply's, "timeout", or "closed"; `response` is the reply's. */
export class ChannelError extends Error {
  constructor(status, response = {}) {
    super(response?.reason ?? status);
    this.name = "ChannelError";
    this.status = status;
    this.response = response;
  }
}

/** Tries again after a while, and after a longer one each time; a little at random, so that not all come at once. */
class Backoff {
  #delays;
  #retry;
  #failures = 0;
  #timer = null;

  constructor(delays, retry) {
    this.#delays = delays;
    this.#retry = retry;
  }

  schedule() {
    clearTimeout(this.#timer);
    const delay = this.#delays[Math.min(this.#failures++, this.#delays.length - 1)];
    this.#timer = setTimeout(this.#retry, delay * (0.75 + Math.random() / 2));
  }

  cancel() {
    clearTimeout(this.#timer);
  }

  reset() {
    this.cancel();
    this.#failures = 0;
  }
}

/**
 * Has of a WebSocket what a Socket needs, where none can be opened: asks for messages again and again, and sends its own in
 * requests beside that (Phoenix.Transports.LongPoll).
 */
class LongPoll {
  readyState = 0;
  #url;
  #headers = {};
  #lines = [];
  #isSending = false;
  #end = new AbortController();

  constructor(url, [, token] = []) {
    this.#url = url.replace(/^ws/, "http").replace(/\/websocket\?/, "/longpoll?");
    if (token) this.#headers["X-Phoenix-AuthToken"] = atob(token.slice(token.lastIndexOf(".") + 1));
    this.#receive();
  }

  send(data) {
    this.#lines.push(typeof data === "string" ? data : encodeBase64(data));
    if (!this.#isSending) this.#send();
  }

  close(code) {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.#end.abort();
    this.onclose?.({ code });
  }

  async #receive() {
    while (this.readyState !== 3) {
      const { status, token, messages = [] } = await this.#ask("GET");
      if (this.readyState === 0 && status === 410 && token) {
        this.#headers["X-Phoenix-Longpoll-Token"] = token;
        this.readyState = 1;
        this.onopen();
      } else if (this.readyState === 1 && (status === 200 || status === 204)) {
        for (const message of messages) this.onmessage?.({ data: message[0] === "[" ? message : decodeBase64(message) });
      } else {
        this.close(1006);
      }
    }
  }

  /** One request at a time, so that they arrive in order; what is sent meanwhile goes into the next. */
  async #send() {
    this.#isSending = true;
    await null; // there may be more of it
    while (this.readyState === 1 && this.#lines.length > 0) {
      const { status } = await this.#ask("POST", this.#lines.splice(0, MOST_LINES).join("\n"));
      if (status !== 200) this.close(1006);
    }
    this.#isSending = false;
  }

  async #ask(method, body) {
    const headers = body ? { ...this.#headers, "Content-Type": "application/x-ndjson" } : this.#headers;
    try {
      return await (await fetch(this.#url, { method, headers, body, signal: this.#end.signal })).json();
    } catch {
      return {}; // refused, or not reached
    }
  }
}

/** One connection with any number of channels. Events: "open", and "close" with the WebSocket's `code`. */
export class Socket extends EventTarget {
  #url;
  #options;
  #connection = null;
  #isWanted = false;
  #channels = new Set();
  #lastRef = 0;
  #heartbeatTimer = null;
  #heartbeatRef = null;
  #fallbackTimer = null;
  #hasWebSocket = false;
  #reconnect = new Backoff(RECONNECT_MS, () => this.#open());

  /**
   * @param {string} path where the app serves sockets: "/socket", or a whole URL
   * @param {object} options `params`: an object, or a function that returns it before each connection; `authToken`: a
   *   secret that is not to be in the URL; `timeoutMs` of joins and pushes; `heartbeatMs`; `longPollFallbackMs`: how long
   *   the first WebSocket may take to open before it is done by long polling, null for never; `transport`: what is used
   *   in the place of both
   */
  constructor(path, options = {}) {
    super();
    this.#options = { params: {}, timeoutMs: 10000, heartbeatMs: 30000, longPollFallbackMs: 2500, ...options };
    this.#url = new URL(`${path}/websocket`, globalThis.location?.href);
    this.#url.protocol = this.#url.protocol.replace("http", "ws");
    // No need to connect for a page that nobody sees; at once when somebody does.
    globalThis.document?.addEventListener("visibilitychange", () => this.#hurry());
    globalThis.addEventListener?.("online", () => this.#hurry());
  }

  get isConnected() {
    return this.#connection?.readyState === 1;
  }

  get timeoutMs() {
    return this.#options.timeoutMs;
  }

  connect() {
    this.#isWanted = true;
    if (!this.#connection) this.#open();
  }

  /** Closes it for good: nothing comes back before `connect`. */
  disconnect() {
    this.#isWanted = false;
    this.#reconnect.reset();
    this.#close(1000);
  }

  /**
   * A channel, not joined yet.
   * @param {object | function} params what `join` tells the app, or a function that returns it at each join
   */
  channel(topic, params = {}) {
    return new Channel(this, topic, params);
  }

  // What channels need of it.

  add(channel) {
    for (const other of this.#channels) if (other.topic === channel.topic) other.leave();
    this.#channels.add(channel);
  }

  remove(channel) {
    this.#channels.delete(channel);
  }

  nextRef() {
    return String(++this.#lastRef);
  }

  send(joinRef, ref, topic, event, payload) {
    const isBinary = payload instanceof ArrayBuffer || ArrayBuffer.isView(payload);
    this.#connection.send(
      isBinary
        ? encodeBinary(joinRef, ref, topic, event, payload)
        : JSON.stringify([joinRef, ref, topic, event, payload]),
    );
  }

  // The connection.

  #open(transport = this.#options.transport ?? globalThis.WebSocket ?? LongPoll) {
    this.#reconnect.cancel();
    if (this.#connection || !this.#isWanted || globalThis.document?.visibilityState === "hidden") return;
    const { params, authToken } = this.#options;
    const url = new URL(this.#url);
    for (const [name, value] of Object.entries(typeof params === "function" ? params() : params)) {
      url.searchParams.set(name, value);
    }
    url.searchParams.set("vsn", PROTOCOL);
    const token = authToken && `base64url.bearer.phx.${btoa(authToken).replace(/=+$/, "")}`;
    const connection = new transport(url.href, token ? ["phoenix", token] : []);
    connection.binaryType = "arraybuffer";
    connection.onopen = () => this.#opened();
    connection.onmessage = (event) => this.#receive(event.data);
    connection.onclose = (event) => this.#closed(event.code);
    this.#connection = connection;
    if (transport === globalThis.WebSocket) this.#prepareFallback(connection);
  }

  /** Long polling in the place of a WebSocket that does not open, as long as none has. */
  #prepareFallback(connection) {
    const { transport, longPollFallbackMs } = this.#options;
    if (transport || this.#hasWebSocket || longPollFallbackMs === null) return;
    const poll = () => {
      this.#abandon();
      this.#open(LongPoll);
    };
    this.#fallbackTimer = setTimeout(poll, longPollFallbackMs);
    connection.onclose = poll;
    connection.onopen = () => {
      this.#hasWebSocket = true;
      connection.onclose = (event) => this.#closed(event.code);
      this.#opened();
    };
  }

  #opened() {
    clearTimeout(this.#fallbackTimer);
    this.#reconnect.reset();
    this.#heartbeatRef = null;
    this.#heartbeatTimer = setInterval(() => this.#beat(), this.#options.heartbeatMs);
    for (const channel of [...this.#channels]) channel.socketOpened();
    this.dispatchEvent(new Event("open"));
  }

  #close(code) {
    if (!this.#connection) return;
    this.#abandon(code);
    this.#closed(code);
  }

  /** The closing handshake may take its time, or never end. */
  #abandon(code) {
    const connection = this.#connection;
    clearTimeout(this.#fallbackTimer);
    connection.onopen = connection.onmessage = connection.onclose = null;
    connection.close(code);
    this.#connection = null;
  }

  #closed(code) {
    clearInterval(this.#heartbeatTimer);
    const isLost = code !== 1000 || this.#heartbeatRef === "missed";
    this.#connection = null;
    for (const channel of [...this.#channels]) channel.socketClosed();
    if (this.#isWanted && isLost) this.#reconnect.schedule();
    this.dispatchEvent(Object.assign(new Event("close"), { code }));
  }

  #beat() {
    if (this.#heartbeatRef) {
      this.#heartbeatRef = "missed";
      this.#close(1000);
      return;
    }
    this.#heartbeatRef = this.nextRef();
    this.send(null, this.#heartbeatRef, "phoenix", "heartbeat", {});
  }

  #hurry() {
    if (this.#isWanted && globalThis.document?.visibilityState !== "hidden") this.#open();
  }

  #receive(data) {
    const message = typeof data === "string" ? decodeText(data) : decodeBinary(data);
    if (message.topic === "phoenix" && message.ref === this.#heartbeatRef) this.#heartbeatRef = null;
    for (const channel of [...this.#channels]) if (channel.topic === message.topic) channel.receive(message);
  }
}

/**
 * A topic on a socket. `state` is "new", "joining", "joined", "waiting" to join again, or "closed". Events: "join" with
 * the app's `response`, each time it has joined; "error", when it has to join again; "close", when it will not.
 */
export class Channel extends EventTarget {
  #socket;
  #params;
  #listeners = new Map();
  #sent = new Map();
  #waiting = [];
  #first = null;
  #joinTimer = null;
  #rejoin = new Backoff(REJOIN_MS, () => this.#join());

  constructor(socket, topic, params) {
    super();
    this.#socket = socket;
    this.#params = params;
    this.topic = topic;
    this.state = "new";
    this.joinRef = null;
  }

  /** Calls back for each such event of the server's. Returns a function that ends that. */
  on(event, callback) {
    const entry = { callback };
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), entry]);
    return () => this.#listeners.set(event, this.#listeners.get(event).filter((other) => other !== entry));
  }

  /**
   * Joins now, or when the socket is connected. The promise is for the first answer alone: also after a refusal the
   * channel tries again, until `leave`.
   */
  join() {
    if (this.state !== "new") throw new Error(`${this.topic} has been joined before: make another channel`);
    this.#socket.add(this);
    return new Promise((resolve, reject) => {
      this.#first = { resolve, reject };
      this.#join();
    });
  }

  /** Sends an event, and waits for its reply. Before the join, and while the connection is gone, it waits its turn. */
  push(event, payload = {}, timeoutMs = this.#socket.timeoutMs) {
    return new Promise((resolve, reject) => {
      const push = { event, payload, resolve, reject };
      push.timer = setTimeout(() => this.#fail(push, "timeout"), timeoutMs);
      this.#enqueue(push);
    });
  }

  /** Sends an event that needs no reply; none while there is no connection. */
  send(event, payload = {}) {
    if (this.state === "joined") this.#socket.send(this.joinRef, null, this.topic, event, payload);
  }

  leave() {
    if (this.state === "joined" || this.state === "joining") this.#sendLeave();
    this.#end();
  }

  // What the socket tells it.

  socketOpened() {
    if (this.state === "waiting") this.#join();
  }

  socketClosed() {
    this.#interrupt();
    this.#rejoin.reset();
  }

  receive({ joinRef, ref, event, payload }) {
    if (joinRef !== null && joinRef !== this.joinRef) return; // for an earlier join
    if (event === "phx_reply") {
      if (ref === this.joinRef) this.#joinAnswered(payload);
      else this.#answered(this.#sent.get(ref), payload);
    } else if (event === "phx_close") {
      this.#end();
    } else if (event === "phx_error") {
      this.#interrupt();
      this.#rejoin.schedule();
    } else {
      for (const { callback } of this.#listeners.get(event) ?? []) callback(payload);
    }
  }

  // Joining.

  #join() {
    this.#rejoin.cancel();
    if (!this.#socket.isConnected) {
      this.state = "waiting";
      return;
    }
    this.state = "joining";
    this.joinRef = this.#socket.nextRef();
    const params = typeof this.#params === "function" ? this.#params() : this.#params;
    this.#joinTimer = setTimeout(() => {
      this.#sendLeave();
      this.#joinAnswered({ status: "timeout", response: {} });
    }, this.#socket.timeoutMs);
    this.#socket.send(this.joinRef, this.joinRef, this.topic, "phx_join", params);
  }

  #joinAnswered({ status, response }) {
    if (this.state !== "joining") return;
    clearTimeout(this.#joinTimer);
    const first = this.#first;
    this.#first = null;
    if (status !== "ok") {
      this.state = "waiting";
      this.#rejoin.schedule();
      first?.reject(new ChannelError(status, response));
      return;
    }
    this.state = "joined";
    this.#rejoin.reset();
    for (const push of this.#waiting.splice(0)) this.#enqueue(push);
    first?.resolve(response);
    this.dispatchEvent(Object.assign(new Event("join"), { response }));
  }

  #sendLeave() {
    if (!this.#socket.isConnected) return;
    this.#socket.send(this.joinRef, this.#socket.nextRef(), this.topic, "phx_leave", {});
  }

  /** The join is no more; there will be another. */
  #interrupt() {
    if (this.state !== "joined" && this.state !== "joining") return;
    clearTimeout(this.#joinTimer);
    this.state = "waiting";
    // Whether the app has seen them, nobody knows.
    for (const push of [...this.#sent.values()]) this.#fail(push, "closed");
    this.dispatchEvent(new Event("error"));
  }

  #end() {
    if (this.state === "closed") return;
    clearTimeout(this.#joinTimer);
    this.#rejoin.cancel();
    this.state = "closed";
    this.#socket.remove(this);
    for (const push of [...this.#sent.values(), ...this.#waiting]) this.#fail(push, "closed");
    this.#first?.reject(new ChannelError("closed"));
    this.#first = null;
    this.dispatchEvent(new Event("close"));
  }

  // Pushes.

  #enqueue(push) {
    if (this.state === "closed") {
      this.#fail(push, "closed");
    } else if (this.state === "joined") {
      push.ref = this.#socket.nextRef();
      this.#sent.set(push.ref, push);
      this.#socket.send(this.joinRef, push.ref, this.topic, push.event, push.payload);
    } else {
      this.#waiting.push(push);
    }
  }

  #answered(push, { status, response }) {
    if (!push) return;
    this.#forget(push);
    if (status === "ok") push.resolve(response);
    else push.reject(new ChannelError(status, response));
  }

  #fail(push, status) {
    this.#forget(push);
    push.reject(new ChannelError(status));
  }

  #forget(push) {
    clearTimeout(push.timer);
    this.#sent.delete(push.ref);
    this.#waiting = this.#waiting.filter((other) => other !== push);
  }
}

/**
 * Who is in a channel's topic: `presence_state` and `presence_diff`, kept in step. A person has a key, and a meta for
 * each window.
 */
export class Presence {
  #channel;
  #callbacks;
  #people = new Map();
  #joinRef = null;
  #early = [];

  /**
   * @param {object} callbacks `onSync()` after every change; `onJoin(key, before, now)` and `onLeave(key, now, gone)`
   *   for one key, with {metas} of the kind that list() gives; `before` may be undefined
   */
  constructor(channel, callbacks = {}) {
    this.#channel = channel;
    this.#callbacks = callbacks;
    channel.on("presence_state", (state) => this.#replace(state));
    channel.on("presence_diff", (difference) => {
      // Differences may overtake the state that they begin from.
      if (this.#joinRef !== channel.joinRef) this.#early.push(difference);
      else this.#apply(difference);
    });
    channel.addEventListener("error", () => (this.#early = []));
  }

  /** [{ key, metas, and what the app added }], in the order in which they came. */
  list() {
    return [...this.#people].map(([key, presence]) => ({ key, ...presence }));
  }

  #replace(state) {
    this.#joinRef = this.#channel.joinRef;
    const joins = {};
    const leaves = {};
    for (const [key, known] of this.#people) {
      const metas = known.metas.filter((meta) => !hasRef(state[key]?.metas, meta));
      if (metas.length > 0) leaves[key] = { ...known, metas };
    }
    for (const [key, current] of Object.entries(state)) {
      const metas = current.metas.filter((meta) => !hasRef(this.#people.get(key)?.metas, meta));
      if (metas.length > 0) joins[key] = { ...current, metas };
    }
    for (const difference of [{ joins, leaves }, ...this.#early.splice(0)]) this.#update(difference);
    this.#callbacks.onSync?.();
  }

  #apply(difference) {
    this.#update(difference);
    this.#callbacks.onSync?.();
  }

  #update({ joins, leaves }) {
    for (const [key, joined] of Object.entries(joins)) {
      const before = this.#people.get(key);
      const kept = before?.metas.filter((meta) => !hasRef(joined.metas, meta)) ?? [];
      this.#people.set(key, { ...joined, metas: [...kept, ...joined.metas] });
      this.#callbacks.onJoin?.(key, before, joined);
    }
    for (const [key, left] of Object.entries(leaves)) {
      const known = this.#people.get(key);
      if (!known) continue;
      const metas = known.metas.filter((meta) => !hasRef(left.metas, meta));
      if (metas.length > 0) this.#people.set(key, { ...known, metas });
      else this.#people.delete(key);
      this.#callbacks.onLeave?.(key, { ...known, metas }, left);
    }
  }
}

function hasRef(metas, { phx_ref }) {
  return metas?.some((meta) => meta.phx_ref === phx_ref) ?? false;
}

// Messages.

function decodeText(text) {
  const [joinRef, ref, topic, event, payload] = JSON.parse(text);
  return { joinRef, ref, topic, event, payload };
}

function encodeBase64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function decodeBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer;
}

/** 0, the lengths of the four names, the names, the payload. */
function encodeBinary(joinRef, ref, topic, event, payload) {
  const names = [joinRef, ref, topic, event].map((name) => new TextEncoder().encode(name ?? ""));
  if (names.some((name) => name.length > 255)) throw new RangeError("a topic or event of more than 255 bytes");
  const bytes = ArrayBuffer.isView(payload)
    ? new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength)
    : new Uint8Array(payload);
  const start = 5 + names.reduce((sum, name) => sum + name.length, 0);
  const frame = new Uint8Array(start + bytes.length);
  let end = 5;
  names.forEach((name, index) => {
    frame[1 + index] = name.length;
    frame.set(name, end);
    end += name.length;
  });
  frame.set(bytes, start);
  return frame;
}

/** A push (0), a reply (1) or a broadcast (2): its kind, the lengths of its names, the names, the payload. */
function decodeBinary(buffer) {
  const bytes = new Uint8Array(buffer);
  const fields = [["joinRef", "topic", "event"], ["joinRef", "ref", "topic", "status"], ["topic", "event"]][bytes[0]];
  const message = { joinRef: null, ref: null };
  let end = 1 + fields.length;
  fields.forEach((field, index) => {
    message[field] = new TextDecoder().decode(bytes.subarray(end, end + bytes[1 + index]));
    end += bytes[1 + index];
  });
  const data = buffer.slice(end);
  if (bytes[0] !== 1) return { ...message, payload: data };
  return { ...message, event: "phx_reply", payload: { status: message.status, response: data } };
}
