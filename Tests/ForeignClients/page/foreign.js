// What a page of another origin gets: nothing.
import { LongPoll } from "./phoenix.mjs";
import { connect, same, test } from "./kit.js";

for (const transport of [undefined, LongPoll]) {
  test(`a page of another origin, ${transport ? "over long polling" : "over a WebSocket"}`, async () => {
    const socket = connect({ transport });
    socket.onOpen(() => socket.closes.put({ code: "open" }));
    await socket.errors.next("an error");
    same((await socket.closes.next("a close")).code, transport ? 1011 : 1006);
  });
}
