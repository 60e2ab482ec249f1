import { createSession } from "frontgate";

import { showPage } from "../shared/page.js";

const session = createSession();

async function getOrder(id) {
  const answer = await session.fetch(`/api/orders/${id}`);
  if (!answer.ok) throw Object.assign(new Error(`Order ${id}: ${answer.status}`), { status: answer.status });
  return answer.json();
}

showPage(session, getOrder);
