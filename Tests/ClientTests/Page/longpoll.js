// Clients that can open no WebSocket.
import { Socket } from "../../../clients/zzz.js";
import { PollServer, Server, outcome, same, settled, test } from "./kit.js";

const url = "http://chat.example/socket";

/** Runs `body` where there is this WebSocket, or none. */
async function having(WebSocket, body) {
  const before = globalThis.WebSocket;
  globalThis.WebSocket = WebSocket;
  try {
    await body(new PollServer());
  } finally {
    globalThis.WebSocket = before;
  }
}

test("polling: the first answer opens it, and each request says who asks", () =>
  having(undefined, async (server) => {
    const events = [];
    const socket = new Socket(url, { params: { token: "mine" }, authToken: "ab?" });
    for (const name of ["open", "close"]) socket.addEventListener(name, () => events.push(name));
    socket.connect();
    const first = await server.open();
    same(first.url, "http://chat.example/socket/longpoll?token=mine&vsn=2.0.0");
    same(first.headers, { "X-Phoenix-AuthToken": "ab?" });
    same([socket.isConnected, events], [true, ["open"]]);
    const second = await server.answer("GET", 204);
    same([second.url, second.headers["X-Phoenix-Longpoll-Token"]], [first.url, "T"]);
    same(server.requests.map(({ method }) => method), ["GET"]);
  }));

test("polling: joins, pushes, and bytes both ways", () =>
  having(undefined, async (server) => {
    const socket = new Socket(url);
    const room = socket.channel("room:1");
    const came = [];
    room.on("said", (payload) => came.push(payload instanceof ArrayBuffer ? [...new Uint8Array(payload)] : payload));
    const joined = outcome(room.join());
    socket.connect();
    await server.open();
    same(await server.heard(), [["1", "1", "room:1", "phx_join", {}]]);
    await server.say(["1", "1", "room:1", "phx_reply", { status: "ok", response: { a: 1 } }]);
    same(joined, ["ok", { a: 1 }]);
    const pushed = outcome(room.push("x", new Uint8Array([7, 255])));
    await settled();
    same(await server.heard(), [btoa("\0\x01\x01\x06\x0112room:1x\x07\xFF")]);
    const bytes = btoa("\x01\x01\x01\x06\x0212room:1ok\x08\xFE");
    await server.say(["1", null, "room:1", "said", { text: "é" }], btoa("\x02\x06\x04room:1said\x01\x02"), bytes);
    same(came, [{ text: "é" }, [1, 2]]);
    same([...new Uint8Array(pushed[1])], [8, 254]);
  }));

test("polling: one request at a time, of 100 messages at most", () =>
  having(undefined, async (server) => {
    const socket = new Socket(url);
    const room = socket.channel("room:1");
    room.join();
    socket.connect();
    await server.open();
    await server.heard();
    await server.say(["1", "1", "room:1", "phx_reply", { status: "ok", response: {} }]);
    for (let number = 0; number < 250; number++) room.send("n", number);
    await settled();
    const counts = [];
    let next = 0;
    while (server.requests.some(({ method }) => method === "POST")) {
      same(server.requests.filter(({ method }) => method === "POST").length, 1);
      const heard = await server.heard();
      for (const message of heard) same(message[4], next++);
      counts.push(heard.length);
    }
    same(counts, [100, 100, 50]);
  }));

test("polling: a session that is gone is followed by another", (clock) =>
  having(undefined, async (server) => {
    const socket = new Socket(url);
    const room = socket.channel("room:1");
    room.join().catch(() => {});
    socket.connect();
    await server.open();
    await server.heard();
    const pushed = outcome(room.push("x"));
    // Refused, not to be understood, or not reached.
    for (const end of ["410", "403", "away"]) {
      if (end === "410") await server.answer("GET", 410, { token: "new" });
      else if (end === "403") await server.answer("GET", 403);
      else server.requests.pop().reject(new TypeError("Failed to fetch"));
      await settled();
      same([socket.isConnected, server.requests.length], [false, 0], end);
      await clock.pass(100);
      same(server.requests.map(({ headers }) => headers["X-Phoenix-Longpoll-Token"]), [undefined]);
      await server.open();
      same((await server.heard())[0][3], "phx_join");
    }
    same(pushed, ["waiting"]);
    const { signal } = server.requests[0];
    socket.disconnect();
    await clock.pass(60000);
    same([signal.aborted, server.requests.length], [true, 1]);
  }));

test("polling takes the place of a WebSocket that does not open, or not in time", async (clock) => {
  const sockets = new Server();
  await having(sockets.Transport, async (server) => {
    for (const longPollFallbackMs of [2500, 300]) {
      const closes = [];
      const socket = new Socket(url, { longPollFallbackMs });
      socket.addEventListener("close", ({ code }) => closes.push(code));
      socket.connect();
      if (longPollFallbackMs === 2500) {
        await sockets.cut();
      } else {
        await clock.pass(299);
        same(server.requests.length, 0);
        await clock.pass(1);
        same(sockets.connection.readyState, 3);
      }
      await server.open();
      same([socket.isConnected, closes], [true, []]);
      // The next attempt begins with a WebSocket again.
      const before = sockets.connections.length;
      await server.answer("GET", 410);
      await clock.pass(100);
      same([sockets.connections.length, closes], [before + 1, [1006]]);
      await sockets.open();
      await clock.pass(longPollFallbackMs);
      same([socket.isConnected, server.requests.length], [true, 0]);
      // One has opened: it is no reason to poll that the server is away.
      await sockets.cut();
      await clock.pass(100);
      await sockets.cut();
      same([server.requests.length, closes], [0, [1006, 1006, 1006]]);
      socket.disconnect();
    }
  });
});

test("nothing is polled where that is not wanted, or another transport is", async (clock) => {
  const sockets = new Server();
  await having(sockets.Transport, async (server) => {
    for (const options of [{ longPollFallbackMs: null }, { transport: new Server().Transport }]) {
      const socket = new Socket(url, options);
      socket.connect();
      if (!options.transport) await sockets.cut();
      await clock.pass(10000);
      same(server.requests.length, 0);
      socket.disconnect();
    }
    const socket = new Socket(url);
    socket.connect();
    socket.disconnect();
    await clock.pass(10000);
    same(server.requests.length, 0);
  });
});
