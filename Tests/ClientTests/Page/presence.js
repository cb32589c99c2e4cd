// Presence: states and differences, as presence.js of Phoenix takes them.
import { Presence, Socket } from "../../../clients/zzz.js";
import { Server, outcome, same, test } from "./kit.js";

const meta = (ref, more = {}) => ({ ...more, phx_ref: ref });
const one = (...refs) => ({ metas: refs.map((ref) => meta(ref)) });

async function joined() {
  const server = new Server();
  const socket = new Socket("http://a.example/socket", { transport: server.Transport });
  socket.connect();
  await server.open();
  const room = socket.channel("room:1");
  const events = [];
  const presence = new Presence(room, {
    onSync: () => events.push("sync"),
    onJoin: (key, before, now) => events.push(["join", key, before?.metas.length ?? 0, now.metas.length]),
    onLeave: (key, now, gone) => events.push(["leave", key, now.metas.length, gone.metas.length]),
  });
  outcome(room.join());
  const joinRef = await server.admit();
  return { server, presence, events, joinRef };
}

const refs = (presence) => presence.list().map(({ key, metas }) => [key, metas.map((meta) => meta.phx_ref)]);

test("a state, then differences", async () => {
  const { server, presence, events, joinRef } = await joined();
  await server.say(joinRef, null, "room:1", "presence_state", { ada: one("1"), bob: one("2") });
  same(refs(presence), [["ada", ["1"]], ["bob", ["2"]]]);
  await server.say(null, null, "room:1", "presence_diff", { joins: { ada: one("3") }, leaves: { bob: one("2") } });
  same(refs(presence), [["ada", ["1", "3"]]]);
  same(events, [
    ["join", "ada", 0, 1], ["join", "bob", 0, 1], "sync", ["join", "ada", 1, 1], ["leave", "bob", 0, 1], "sync",
  ]);
});

test("an update is a leave of the old meta and a join of the new one", async () => {
  const { server, presence, joinRef } = await joined();
  await server.say(joinRef, null, "room:1", "presence_state", { ada: one("1", "2") });
  await server.say(null, null, "room:1", "presence_diff", {
    joins: { ada: { metas: [meta("3", { phx_ref_prev: "1", typing: true })] } }, leaves: { ada: one("1") },
  });
  same(refs(presence), [["ada", ["2", "3"]]]);
});

test("differences that come before the state wait for it", async () => {
  const { server, presence, events, joinRef } = await joined();
  await server.say(null, null, "room:1", "presence_diff", { joins: { bob: one("2") }, leaves: {} });
  await server.say(null, null, "room:1", "presence_diff", { joins: {}, leaves: { ada: one("1") } });
  same(presence.list(), []);
  await server.say(joinRef, null, "room:1", "presence_state", { ada: one("1") });
  same(refs(presence), [["bob", ["2"]]]);
  same(events.filter((event) => event === "sync").length, 1);
});

test("a state after a new join says who came and went meanwhile", async (clock) => {
  const { server, presence, events, joinRef } = await joined();
  await server.say(joinRef, null, "room:1", "presence_state", { ada: one("1"), bob: one("2", "3") });
  await server.say(joinRef, joinRef, "room:1", "phx_error", {});
  await clock.pass(1000);
  const again = await server.admit();
  events.length = 0;
  await server.say(null, null, "room:1", "presence_diff", { joins: {}, leaves: { cleo: one("4") } });
  await server.say(again, null, "room:1", "presence_state", { bob: one("3", "5"), cleo: one("4") });
  same(refs(presence), [["bob", ["3", "5"]]]);
  same(events, [
    ["join", "bob", 2, 1], ["join", "cleo", 0, 1], ["leave", "ada", 0, 1], ["leave", "bob", 2, 1],
    ["leave", "cleo", 0, 1], "sync",
  ]);
});

test("names that mean something to JavaScript's objects are people like any other", async () => {
  const { server, presence, joinRef } = await joined();
  server.connection.onmessage({
    data: `["${joinRef}",null,"room:1","presence_state",{"__proto__":{"metas":[{"phx_ref":"1"}]},` +
      `"constructor":{"metas":[{"phx_ref":"2"}]}}]`,
  });
  same(presence.list().some(({ key }) => key === "constructor"), true);
  same({}.metas, undefined);
});
