// Runs the tests that the address names, one after the other, and says what came out.
import { disconnectAll, report, soon, tests } from "./kit.js";

await import(`./${new URLSearchParams(location.search).get("tests")}.js`);

const lines = [];
for (const { name, run } of tests) {
  const start = performance.now();
  try {
    await soon(run(), "the test to end", 60000);
    lines.push(`passed: ${name} (${Math.round(performance.now() - start)} ms)`);
  } catch (error) {
    lines.push(`FAILED: ${name}: ${error.message}`);
  }
  await disconnectAll();
}
await report(lines);
