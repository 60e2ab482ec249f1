// The client where there is no browser: a server that renders imports the same modules as the app.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once as next } from "node:events";

import { createSession } from "../../clients/js/src/frontgate.js";
import { once } from "./support/everywhere.js";

once("while a server renders, nobody is known, and nothing waits for ever", async () => {
  const asked = [];
  const refusing = createServer((request, answer) => {
    asked.push(request.url);
    answer.writeHead(401, { "Content-Type": "application/json" }).end('"Refresh token not present"');
  });
  refusing.listen(0, "127.0.0.1");
  await next(refusing, "listening");
  try {
    const origin = `http://127.0.0.1:${refusing.address().port}`;
    const session = createSession({ baseUrl: `${origin}/api/v1/users/` });
    assert.equal(await session.ready, undefined);
    assert.equal(session.user.value, undefined);
    assert.deepEqual(asked, [], "nothing is asked before the page wants something");
    assert.equal((await session.fetch(`${origin}/api/orders`)).status, 401);
    assert.deepEqual(asked, ["/api/orders"], "there are no cookies that a refresh could renew");
    assert.equal(await session.refresh(), false);
    await assert.rejects(session.sessions(), { name: "FrontgateError", code: "logged_out" });
    session.close();
  } finally {
    refusing.closeAllConnections();
    refusing.close();
  }
});
