// Runs the tests, one after the other, and writes into the page what came out.
import { Clock, tests } from "./kit.js";
import "./socket.js";
import "./channels.js";
import "./presence.js";
import "./longpoll.js";

const lines = [];
for (const { name, run } of tests) {
  try {
    await run(new Clock());
    lines.push(`passed: ${name}`);
  } catch (error) {
    lines.push(`FAILED: ${name}: ${error.message}`);
  }
}
document.querySelector("#results").textContent = [...lines, `${lines.length} tests have run`].join("\n");
