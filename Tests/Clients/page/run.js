// Runs the tests that the address names, one after the other, and writes into the page what came out.
import { disconnectAll, soon, tests } from "./kit.js";

await import(`./${new URLSearchParams(location.search).get("tests")}.js`);

const lines = [];
for (const { name, run } of tests) {
  try {
    await soon(run(), "the test to end", 60000);
    lines.push(`passed: ${name}`);
  } catch (error) {
    lines.push(`FAILED: ${name}: ${error.message}`);
  }
  await disconnectAll();
}
document.querySelector("#results").textContent = [...lines, `${lines.length} tests have run`].join("\n");
