// What the tests of clients/zzz.js stand on: a clock that they turn, and a server of which they play the part.

export const tests = [];

export function test(name, run) {
  tests.push({ name, run });
}

export function same(actual, expected, what = "") {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${what} is ${left}, not ${right}`);
}

/** Takes the place of the timers. `Math.random` is 0.5, with which a pause has its middle length. */
export class Clock {
  #timers = new Map();
  #last = 0;
  now = 0;

  constructor() {
    const add = (callback, ms, every) => {
      this.#timers.set(++this.#last, { callback, at: this.now + ms, every });
      return this.#last;
    };
    globalThis.setTimeout = (callback, ms) => add(callback, ms, null);
    globalThis.setInterval = (callback, ms) => add(callback, ms, ms);
    globalThis.clearTimeout = globalThis.clearInterval = (id) => this.#timers.delete(id);
    Math.random = () => 0.5;
  }

  async pass(ms) {
    const end = this.now + ms;
    for (;;) {
      const next = [...this.#timers].filter(([, timer]) => timer.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (!next) break;
      const [id, timer] = next;
      this.now = timer.at;
      if (timer.every) timer.at += timer.every;
      else this.#timers.delete(id);
      timer.callback();
      await settled();
    }
    this.now = end;
    await settled();
  }
}

/** When all promises that can go on have gone on. */
export async function settled() {
  for (let turn = 0; turn < 20; turn++) await null;
}

/** The other end of the sockets that a test opens: `Transport` is given to `Socket` in the place of WebSocket. */
export class Server {
  connections = [];

  constructor() {
    const server = this;
    this.Transport = class {
      readyState = 0;
      sent = [];

      constructor(url, protocols) {
        Object.assign(this, { url, protocols });
        server.connections.push(this);
      }

      send(data) {
        if (this.readyState !== 1) throw new Error("sent without a connection");
        this.sent.push(typeof data === "string" ? JSON.parse(data) : [...new Uint8Array(data)]);
      }

      close(code) {
        this.readyState = 3;
        this.closedWith = code;
      }
    };
  }

  get connection() {
    return this.connections.at(-1);
  }

  async open() {
    this.connection.readyState = 1;
    this.connection.onopen();
    await settled();
  }

  async cut(code = 1006) {
    const { connection } = this;
    connection.readyState = 3;
    connection.onclose({ code });
    await settled();
  }

  async say(...message) {
    this.connection.onmessage({ data: JSON.stringify(message) });
    await settled();
  }

  async sayBytes(...bytes) {
    this.connection.onmessage({ data: new Uint8Array(bytes).buffer });
    await settled();
  }

  /** What has come since the last time. */
  heard() {
    return this.connection.sent.splice(0);
  }

  /** Answers the join that has come last, and returns its join_ref. */
  async admit(response = {}) {
    const [joinRef, ref, topic] = this.heard().findLast((message) => message[3] === "phx_join");
    await this.say(joinRef, ref, topic, "phx_reply", { status: "ok", response });
    return joinRef;
  }
}

/** What a promise has come to: ["ok", value], ["failed", status] or ["waiting"]. */
export function outcome(promise) {
  const result = ["waiting"];
  promise.then(
    (value) => result.splice(0, 1, "ok", value),
    (error) => result.splice(0, 1, "failed", error.status ?? String(error)),
  );
  return result;
}

/** The other end of a client that polls: takes the place of `fetch`. What is not answered waits. */
export class PollServer {
  requests = [];

  constructor() {
    globalThis.fetch = (url, { method, headers, body, signal }) =>
      new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("aborted")));
        const lines = body?.split("\n");
        this.requests.push({ url, method, headers: { ...headers }, lines, signal, resolve, reject });
      });
  }

  /** Takes the oldest request of that method, and answers it. */
  async answer(method, status, more = {}) {
    const place = this.requests.findIndex((request) => request.method === method);
    const [request] = this.requests.splice(place, 1);
    request.resolve({ json: async () => ({ status, ...more }) });
    await settled();
    return request;
  }

  open() {
    return this.answer("GET", 410, { token: "T", messages: [] });
  }

  say(...messages) {
    const texts = messages.map((message) => (typeof message === "string" ? message : JSON.stringify(message)));
    return this.answer("GET", 200, { token: "T", messages: texts });
  }

  /** What the client has sent with its oldest request, which is answered. */
  async heard() {
    const { lines } = await this.answer("POST", 200);
    return lines.map((line) => (line.startsWith("[") ? JSON.parse(line) : line));
  }
}
