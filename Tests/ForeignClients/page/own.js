// What phoenix.js does with zzzd, over each of its two transports.
import * as phoenix from "./phoenix.mjs";
import { answer, bytes, connect, control, join, list, Queue, same, soon, test } from "./kit.js";

const { LongPoll } = phoenix;

for (const transport of [undefined, LongPoll]) {
  const over = transport ? "over long polling" : "over a WebSocket";
  const isPolling = transport !== undefined;

  test(`joins, ${over}`, async () => {
    const socket = connect({ transport, params: { name: "ann", more: { deep: [1, 2] } } });
    const channel = socket.channel("room:1", { a: [1, "ü"] });
    same(await answer(channel.join()), ["ok", { name: "ann", parameters: { a: [1, "ü"] } }]);
    same(await answer(socket.channel("room:closed").join()), ["error", { reason: "this room is closed" }]);
    same(await answer(socket.channel("nowhere").join()), ["error", { reason: "unmatched topic" }]);
  });

  test(`pushes and their answers, ${over}`, async () => {
    const channel = await join(connect({ transport }), "room:2");
    const text = "quotation \" backslash \\ line \n control \u0001 separator \u2028 astral 😀";
    same(await answer(channel.push("echo", { text })), ["ok", { text }]);
    same(await answer(channel.push("fail", {})), ["error", { reason: "as you wish" }]);
    same(await answer(channel.push("silence", {}, 50)), ["timeout", {}]);
    const answers = await Promise.all(Array.from({ length: 150 }, (_, n) => answer(channel.push("echo", { n }))));
    answers.forEach((one, n) => same(one, ["ok", { n }]));
  });

  test(`pushes before the join are sent after it, in order, ${over}`, async () => {
    const channel = connect({ transport }).channel("room:3");
    const seen = new Queue();
    channel.on("pushed", seen.put);
    channel.join();
    for (let n = 0; n < 150; n++) channel.push("push", { n });
    for (let n = 0; n < 150; n++) same(await seen.next("a push"), { n });
  });

  test(`broadcasts, ${over}`, async () => {
    const ann = await join(connect({ transport }), "room:4", {}, ["shout", "whisper", "pushed"]);
    const bob = await join(connect({ params: { name: "bob" } }), "room:4", {}, ["shout", "whisper"]);
    ann.push("shout", { to: "all" });
    ann.push("whisper", { to: "others" });
    ann.push("push", { to: "me" });
    same(await bob.seen.shout.next("shout"), { to: "all" });
    same(await bob.seen.whisper.next("whisper"), { to: "others" });
    same(await ann.seen.shout.next("shout"), { to: "all" });
    same(await ann.seen.pushed.next("pushed"), { to: "me" });
    bob.push("whisper", { to: "ann" });
    same(await ann.seen.whisper.next("whisper"), { to: "ann" });
  });

  test(`binary messages, ${over}`, async () => {
    const channel = await join(connect({ transport }), "room:5");
    const other = await join(connect({ params: { name: "bob" } }), "room:5", {}, ["shout"]);
    channel.push("shout", bytes(1, 0, 255));
    same(list(await other.seen.shout.next("a binary broadcast")), [1, 0, 255]);
    // phoenix.js, and Phoenix, have no binary messages from the server over long polling.
    if (isPolling) return;
    const [status, response] = await answer(channel.push("echo", bytes(2, 0, 128)));
    same([status, list(response)], ["ok", [2, 0, 128]]);
    channel.on("pushed", (payload) => other.seen.shout.put(payload));
    channel.push("push", bytes(3));
    same(list(await other.seen.shout.next("a binary push")), [3]);
  });

  test(`a channel that fails joins again, ${over}`, async () => {
    const channel = await join(connect({ transport }), "room:6", {}, ["presence_state"]);
    await channel.seen.presence_state.next("the state");
    channel.push("crash", {});
    same(await channel.failures.next("phx_error"), "error");
    await channel.seen.presence_state.next("the state again");
    same(await answer(channel.push("echo", { n: 1 })), ["ok", { n: 1 }]);
  });

  test(`leaving, being stopped, joining twice, ${over}`, async () => {
    const socket = connect({ transport });
    const left = await join(socket, "room:7");
    same(await answer(left.leave()), ["ok", {}]);
    const stopped = await join(socket, "room:7");
    const closed = new Queue();
    stopped.onClose(closed.put);
    stopped.push("stop", {});
    await closed.next("phx_close");
    same(stopped.state, "closed");
    const first = await join(socket, "room:7");
    const second = await join(socket, "room:7");
    same([first.state, second.state], ["closed", "joined"]);
    same(await answer(second.push("echo", { n: 2 })), ["ok", { n: 2 }]);
  });

  test(`the token, ${over}`, async () => {
    for (const authToken of ["s3cret", "a?>~", "a".repeat(200)]) {
      const channel = connect({ transport, params: {}, authToken }).channel("room:8");
      same((await answer(channel.join()))[1].name, authToken);
      same(await answer(channel.push("echo", { n: 3 })), ["ok", { n: 3 }]);
    }
  });

  test(`a connection that is refused, ${over}`, async () => {
    const socket = connect({ transport, params: {}, reconnectAfterMs: () => 10 });
    for (let tries = 0; tries < 3; tries++) {
      await socket.errors.next("an error");
      same((await socket.closes.next("a close")).code, isPolling ? 1008 : 1006);
    }
    const other = connect({ transport, vsn: "3.0.0" });
    await other.errors.next("an error");
    same((await other.closes.next("a close")).code, isPolling ? 1008 : 1006);
  });

  if (phoenix.Presence) {
    test(`presence, ${over}`, async () => {
      const ann = connect({ transport }).channel("room:10");
      const presence = new phoenix.Presence(ann);
      const [events, syncs] = [[], new Queue()];
      const moods = () =>
        Object.fromEntries(presence.list((key, { metas }) => [key, metas.map(({ mood }) => mood).join()]));
      presence.onJoin((key) => events.push(`${key} joins`));
      presence.onLeave((key, { metas }) => events.push(`${key} leaves, ${metas.length} remain`));
      presence.onSync(() => syncs.put(moods()));
      await answer(ann.join());
      await syncs.until((now) => now.ann === "new", "ann");
      const bobs = [1, 2].map(() => connect({ params: { name: "bob" } }));
      const [first] = await Promise.all(bobs.map((socket) => join(socket, "room:10")));
      await syncs.until((now) => now.bob === "new,new", "both bobs");
      first.push("mood", { mood: "good" });
      await syncs.until((now) => now.bob === "new,good", "a mood");
      events.length = 0;
      bobs[1].disconnect();
      await syncs.until((now) => now.bob === "good", "one bob to leave");
      bobs[0].disconnect();
      await syncs.until((now) => !now.bob, "the other");
      same(events, ["bob leaves, 1 remain", "bob leaves, 0 remain"]);
      same(moods(), { ann: "new" });
    });
  }

  test(`a reload with messages on the way, ${over}`, async () => {
    const sender = await join(connect({ transport }), "room:11");
    const socket = connect({ transport, params: { name: "bob" } });
    const receiver = await join(socket, "room:11", {}, ["shout"]);
    const answers = new Queue();
    let isReloaded = false;
    const reload = control("reload/counterpart").then(() => (isReloaded = true));
    let count = 0;
    while (!isReloaded || count < 100) {
      sender.push("shout", { n: count });
      sender.push("echo", { n: count }).receive("ok", answers.put);
      count++;
      await new Promise((done) => setTimeout(done, 1));
    }
    await reload;
    for (let n = 0; n < count; n++) {
      same(await receiver.seen.shout.next("shout"), { n });
      same(await answers.next("an answer"), { n });
    }
    same([sender.state, receiver.state], ["joined", "joined"]);
  });

  test(`a restart, ${over}`, async () => {
    const socket = connect({ transport });
    const channel = await join(socket, "room:12", {}, ["presence_state"]);
    const before = await channel.seen.presence_state.next("the state");
    await control("upgrade");
    same((await socket.closes.next("a close")).code, isPolling ? 3410 : 1012);
    const after = await channel.seen.presence_state.next("the state again");
    if (before.ann.metas[0].phx_ref === after.ann.metas[0].phx_ref) throw new Error("a phx_ref has come twice");
    same(await answer(channel.push("echo", { n: 6 })), ["ok", { n: 6 }]);
  });
}

test("version 1 of the protocol", async () => {
  const encode = ({ topic, event, payload, ref }, done) => done(JSON.stringify({ topic, event, payload, ref }));
  const decode = (text, done) => done(JSON.parse(text));
  const channel = await join(connect({ vsn: "1.0.0", encode, decode }), "room:9", {}, ["shout"]);
  same(await answer(channel.push("echo", { n: 4 })), ["ok", { n: 4 }]);
  channel.push("shout", { n: 5 });
  same(await channel.seen.shout.next("shout"), { n: 5 });
  same(await answer(channel.leave()), ["ok", {}]);
});

test("heartbeats, over a WebSocket", async () => {
  const socket = connect({ heartbeatIntervalMs: 20 });
  const beats = new Queue();
  socket.onMessage((message) => message.topic === "phoenix" && beats.put(message));
  for (let beat = 0; beat < 3; beat++) {
    const { event, payload } = await beats.next("a heartbeat");
    same([event, payload], ["phx_reply", { status: "ok", response: {} }]);
  }
  same(typeof (await soon(new Promise((done) => socket.ping(done)), "a ping")), "number");
});

test("long polling where WebSockets do not work", async () => {
  class Broken {
    constructor() {
      setTimeout(() => this.onerror(new Error("no WebSockets here")), 0);
    }

    close() {}
  }
  const socket = connect({ transport: Broken, longPollFallbackMs: 2000, sessionStorage: null });
  const channel = await join(socket, "room:13");
  same(socket.transport === LongPoll, true);
  same(await answer(channel.push("echo", { n: 7 })), ["ok", { n: 7 }]);
});
