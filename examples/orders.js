// The app's own API. It asks Frontgate who somebody is; a backend in any language does the same.

const ORDERS = { 1: "Carousel, two tickets", 2: "Ferris wheel, one ticket", 3: "Candy floss" };

/** Answers `GET /api/orders/ID` to whoever is logged in at `frontgate`, and 401 to everybody else. */
export async function answerOrder(frontgate, request, answer) {
  const headers = { Cookie: request.headers.cookie ?? "" };
  const who = await fetch(`${frontgate}/api/v1/users/`, { headers }).catch(() => ({ status: 503 }));
  const { email } = who.ok ? await who.json() : {};
  const item = ORDERS[request.url.split("/").at(-1)];
  answer.writeHead(who.ok && !item ? 404 : who.status, { "Content-Type": "application/json" });
  answer.end(JSON.stringify(who.ok && item ? { item, email } : {}));
}
