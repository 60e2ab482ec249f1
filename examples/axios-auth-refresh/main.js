import axios from "axios";
import { createAuthRefresh } from "axios-auth-refresh";
import { createSession } from "frontgate";

import { showPage } from "../shared/page.js";

const session = createSession();
const api = axios.create({ baseURL: "/api/" });

// No script sees the access token, but each expires at a time of its own.
api.interceptors.request.use((config) => Object.assign(config, { expiresAt: session.expiresAt.value }));

async function refresh(failed) {
  // While this request was on its way, another may have refreshed.
  if (failed.config.expiresAt !== session.expiresAt.value) return;
  if (!(await session.refresh())) throw failed;
}

// It is the session that refreshes once. With `deduplicateRefresh` the library fails the requests that
// were already on their way when the first was answered with 401.
createAuthRefresh(api, refresh, { deduplicateRefresh: false });

showPage(session, async (id) => (await api.get(`orders/${id}`)).data);
