// What the tests of phoenix.js stand on. Where the sockets are, and who restarts them, is in the page's address.
import * as phoenix from "./phoenix.mjs";

const query = new URLSearchParams(location.search);
const driver = query.get("driver");
export const endpoint = `ws://${query.get("daemon")}/socket`;

export const tests = [];

export function test(name, run) {
  tests.push({ name, run });
}

export function same(actual, expected, what = "it") {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${what} is ${left}, not ${right}`);
}

/** Has zzzctl do something: "reload/counterpart" or "upgrade". */
export async function control(command) {
  const answer = await fetch(`${driver}/${command}`, { method: "POST" });
  if (!answer.ok) throw new Error(await answer.text());
}

/** Tells who waits for this page. */
export function report(lines) {
  return fetch(`${driver}/results`, { method: "POST", body: lines.join("\n") });
}

/** Settles as the promise does, or fails after a while. */
export function soon(promise, what, ms = 20000) {
  return Promise.race([
    promise,
    new Promise((_, fail) => setTimeout(() => fail(new Error(`waited ${ms} ms for ${what}`)), ms)),
  ]);
}

/** Values that come one after the other, each taken once. */
export class Queue {
  #values = [];
  #waiting = [];

  put = (value) => {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(value);
    else this.#values.push(value);
  };

  next(what = "a value") {
    if (this.#values.length) return Promise.resolve(this.#values.shift());
    return soon(new Promise((found) => this.#waiting.push(found)), what);
  }

  async until(condition, what) {
    for (;;) {
      const value = await this.next(what);
      if (condition(value)) return value;
    }
  }
}

const sockets = [];

/** A socket that is connecting. Its channels join again at once, so that nobody has to wait. */
export function connect(options = {}) {
  const socket = new phoenix.Socket(endpoint, { rejoinAfterMs: () => 10, params: { name: "ann" }, ...options });
  socket.closes = new Queue();
  socket.errors = new Queue();
  socket.onClose(socket.closes.put);
  socket.onError(socket.errors.put);
  socket.connect();
  sockets.push(socket);
  return socket;
}

export async function disconnectAll() {
  for (const socket of sockets.splice(0)) await new Promise((done) => socket.disconnect(done));
}

/** What a push, or a join, was answered with: [status, response]. */
export function answer(push) {
  return new Promise((done) => {
    for (const status of ["ok", "error", "timeout"]) push.receive(status, (response) => done([status, response]));
  });
}

/** A channel that has joined; `seen[event]` are the payloads of what comes. */
export async function join(socket, topic, parameters, events = []) {
  const channel = socket.channel(topic, parameters);
  channel.seen = {};
  for (const event of events) {
    channel.seen[event] = new Queue();
    channel.on(event, channel.seen[event].put);
  }
  channel.failures = new Queue();
  channel.onError(() => channel.failures.put("error"));
  same((await answer(channel.join()))[0], "ok", `the join of ${topic}`);
  return channel;
}

export function bytes(...list) {
  return new Uint8Array(list).buffer;
}

export function list(buffer) {
  return [...new Uint8Array(buffer)];
}
