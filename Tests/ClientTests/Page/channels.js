// Channels: joins, messages, replies, ends; the transcripts of the protocol.
import { Socket } from "../../../clients/zzz.js";
import { Server, outcome, same, settled, test } from "./kit.js";

async function connected() {
  const server = new Server();
  const socket = new Socket("http://a.example/socket", { transport: server.Transport });
  socket.connect();
  await server.open();
  return { server, socket };
}

test("join, push and reply, broadcast, leave", async () => {
  const { server, socket } = await connected();
  const room = socket.channel("room:1", { name: "Ada" });
  const heard = [];
  const stop = room.on("said", (payload) => heard.push(payload));
  const join = outcome(room.join());
  same(server.heard(), [["1", "1", "room:1", "phx_join", { name: "Ada" }]]);
  await server.say("1", "1", "room:1", "phx_reply", { status: "ok", response: { id: 7 } });
  same([join, room.state], [["ok", { id: 7 }], "joined"]);

  const push = outcome(room.push("say", { text: "Hi" }));
  const refused = outcome(room.push("say", { text: "" }));
  room.send("typing");
  same(server.heard(), [
    ["1", "2", "room:1", "say", { text: "Hi" }], ["1", "3", "room:1", "say", { text: "" }],
    ["1", null, "room:1", "typing", {}],
  ]);
  await server.say("1", "3", "room:1", "phx_reply", { status: "error", response: { reason: "empty" } });
  await server.say("1", "2", "room:1", "phx_reply", { status: "ok", response: {} });
  same([push, refused], [["ok", {}], ["failed", "error"]]);

  await server.say(null, null, "room:1", "said", { text: "Hi" });
  await server.say("1", null, "room:1", "said", { text: "to you" });
  await server.say("0", null, "room:1", "said", { text: "of an earlier join" });
  await server.say(null, null, "room:2", "said", { text: "elsewhere" });
  stop();
  await server.say(null, null, "room:1", "said", { text: "not heard" });
  same(heard, [{ text: "Hi" }, { text: "to you" }]);

  room.leave();
  same(server.heard(), [["1", "4", "room:1", "phx_leave", {}]]);
  await server.say("1", "4", "room:1", "phx_reply", { status: "ok", response: {} });
  await server.say("1", "1", "room:1", "phx_close", {});
  const late = outcome(room.push("say"));
  await settled();
  same([room.state, late], ["closed", ["failed", "closed"]]);
});

test("what is pushed before the join waits for it, in order; its time passes meanwhile", async (clock) => {
  const { server, socket } = await connected();
  const room = socket.channel("room:1");
  const [short, long] = [outcome(room.push("a", {}, 500)), outcome(room.push("b"))];
  outcome(room.join());
  outcome(room.push("c"));
  await clock.pass(500);
  same(short, ["failed", "timeout"]);
  await server.admit();
  same(server.heard().map((message) => message[3]), ["b", "c"]);
  await clock.pass(9500);
  same(long, ["failed", "timeout"]);
});

test("a refused join is tried again with fresh parameters, until leave", async (clock) => {
  const { server, socket } = await connected();
  let attempt = 0;
  const room = socket.channel("room:1", () => ({ attempt: ++attempt }));
  const join = outcome(room.join());
  for (const pause of [1000, 2000, 5000, 10000, 10000]) {
    const [[joinRef, , , event, params]] = server.heard();
    same([event, params], ["phx_join", { attempt }]);
    await server.say(joinRef, joinRef, "room:1", "phx_reply", { status: "error", response: { reason: "full" } });
    same(join, ["failed", "error"]);
    await clock.pass(pause - 1);
    same(server.heard(), []);
    await clock.pass(1);
  }
  room.leave();
  server.heard();
  await clock.pass(60000);
  same(server.heard().filter((message) => message[3] === "phx_join"), []);
});

test("a join without an answer is taken back and tried again", async (clock) => {
  const { server, socket } = await connected();
  const join = outcome(socket.channel("room:1").join());
  server.heard();
  await clock.pass(10000);
  same(server.heard(), [["1", "2", "room:1", "phx_leave", {}]]);
  same(join, ["failed", "timeout"]);
  await server.say("1", "1", "room:1", "phx_reply", { status: "ok", response: {} });
  await clock.pass(1000);
  same(server.heard(), [["3", "3", "room:1", "phx_join", {}]]);
});

test("phx_error is followed by another join, phx_close is not", async (clock) => {
  const { server, socket } = await connected();
  const room = socket.channel("room:1");
  const events = [];
  for (const name of ["join", "error", "close"]) room.addEventListener(name, () => events.push(name));
  outcome(room.join());
  const first = await server.admit();
  const push = outcome(room.push("say"));
  server.heard();
  await server.say(first, first, "room:1", "phx_error", { reason: "channel_crash" });
  same(push, ["failed", "closed"]);
  await clock.pass(1000);
  const second = await server.admit();
  await server.say(first, first, "room:1", "phx_close", {});
  same(room.state, "joined");
  await server.say(second, second, "room:1", "phx_close", {});
  await clock.pass(60000);
  same([events, room.state], [["join", "error", "join", "close"], "closed"]);
});

test("when the connection comes back, every channel joins again at once, and what waited is sent", async (clock) => {
  const { server, socket } = await connected();
  const rooms = ["room:1", "room:2"].map((topic) => socket.channel(topic));
  for (const room of rooms) {
    outcome(room.join());
    await server.admit();
  }
  await server.cut(1012);
  same(rooms.map((room) => room.state), ["waiting", "waiting"]);
  const push = outcome(rooms[0].push("say"));
  rooms[0].send("typing");
  await clock.pass(100);
  await server.open();
  const joins = server.heard();
  same(joins.map((message) => [message[2], message[3]]), [["room:1", "phx_join"], ["room:2", "phx_join"]]);
  await server.say(joins[0][0], joins[0][1], "room:1", "phx_reply", { status: "ok", response: {} });
  same(server.heard().map((message) => message[3]), ["say"]);
  same(push, ["waiting"]);
});

test("a second channel of a topic takes the place of the first", async () => {
  const { server, socket } = await connected();
  const [first, second] = [socket.channel("room:1"), socket.channel("room:1")];
  outcome(first.join());
  await server.admit();
  outcome(second.join());
  same(server.heard().map((message) => [message[0], message[3]]), [["1", "phx_leave"], ["3", "phx_join"]]);
  same(first.state, "closed");
});

test("bytes: a push, a reply, a push of the server's, a broadcast", async () => {
  const { server, socket } = await connected();
  const room = socket.channel("r:é");
  const heard = [];
  room.on("got", (payload) => heard.push([...new Uint8Array(payload)]));
  outcome(room.join());
  await server.admit();
  const push = room.push("put", new Uint8Array([1, 2]));
  const topic = [...new TextEncoder().encode("r:é")];
  const text = (string) => [...new TextEncoder().encode(string)];
  same(server.heard(), [[0, 1, 1, 4, 3, ...text("1"), ...text("2"), ...topic, ...text("put"), 1, 2]]);
  await server.sayBytes(1, 1, 1, 4, 2, ...text("1"), ...text("2"), ...topic, ...text("ok"), 7, 8);
  same([...new Uint8Array(await push)], [7, 8]);
  await server.sayBytes(0, 1, 4, 3, ...text("1"), ...topic, ...text("got"), 9);
  await server.sayBytes(2, 4, 3, ...topic, ...text("got"), 10);
  same(heard, [[9], [10]]);
});
