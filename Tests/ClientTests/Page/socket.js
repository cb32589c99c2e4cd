// Connections: their address, heartbeats, and coming back.
import { Socket } from "../../../clients/zzz.js";
import { Server, same, test } from "./kit.js";

const origin = "http://chat.example";

test("the address has the parameters and the version, and the token is not in it", async () => {
  const server = new Server();
  const socket = new Socket(`${origin}/live/socket`, {
    transport: server.Transport, params: () => ({ locale: "de & en" }), authToken: "ab?",
  });
  socket.connect();
  socket.connect();
  same(server.connections.length, 1);
  same(server.connection.url, "ws://chat.example/live/socket/websocket?locale=de+%26+en&vsn=2.0.0");
  same(server.connection.protocols, ["phoenix", "base64url.bearer.phx.YWI/"]);
  new Socket("https://a.example/s", { transport: server.Transport }).connect();
  same(server.connection.url, "wss://a.example/s/websocket?vsn=2.0.0");
});

test("heartbeats; one that is not answered cuts the connection, and the socket comes back", async (clock) => {
  const server = new Server();
  const socket = new Socket(`${origin}/socket`, { transport: server.Transport });
  socket.connect();
  await server.open();
  await clock.pass(30000);
  same(server.heard(), [[null, "1", "phoenix", "heartbeat", {}]]);
  await server.say(null, "1", "phoenix", "phx_reply", { status: "ok", response: {} });
  await clock.pass(30000);
  same(server.heard(), [[null, "2", "phoenix", "heartbeat", {}]]);
  await clock.pass(30000);
  same(server.connection.closedWith, 1000);
  same(socket.isConnected, false);
  await clock.pass(100);
  same(server.connections.length, 2);
});

test("the pauses between attempts grow, and begin anew after a success", async (clock) => {
  const server = new Server();
  const socket = new Socket(`${origin}/socket`, { transport: server.Transport });
  socket.connect();
  for (const pause of [100, 250, 500, 1000, 2000, 5000, 5000]) {
    const before = server.connections.length;
    await server.cut();
    await clock.pass(pause - 1);
    same(server.connections.length, before, `after ${pause - 1} ms`);
    await clock.pass(1);
    same(server.connections.length, before + 1, `after ${pause} ms`);
  }
  await server.open();
  await server.cut(1012);
  await clock.pass(100);
  same(server.connection.readyState, 0);
});

test("neither 1000 from the server nor disconnect is followed by another attempt", async (clock) => {
  const server = new Server();
  const socket = new Socket(`${origin}/socket`, { transport: server.Transport });
  const codes = [];
  socket.addEventListener("close", (event) => codes.push(event.code));
  socket.connect();
  await server.open();
  await server.cut(1000);
  await clock.pass(60000);
  same(server.connections.length, 1);
  socket.connect();
  await server.open();
  socket.disconnect();
  await clock.pass(60000);
  same([server.connections.length, codes], [2, [1000, 1000]]);
});
