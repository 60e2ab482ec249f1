import axios from "axios";
import { createAuthRefresh } from "axios-auth-refresh";
import { createSession } from "frontgate";

import { isSamePerson } from "../axios/refresh.js";
import { showPage } from "../shared/page.js";

const session = createSession();
const api = axios.create({ baseURL: "/api/" });

// No script sees the access token, but each expires at a time of its own.
api.interceptors.request.use((config) =>
  Object.assign(config, { askedBy: session.user.value, expiresAt: session.expiresAt.value }));

async function refresh(failed) {
  const { askedBy, expiresAt } = failed.config;
  // While this request was on its way, another may have refreshed.
  if (expiresAt === session.expiresAt.value && !(await session.refresh())) throw failed;
  // A request is sent again only as the person who asked for it.
  if (!isSamePerson(askedBy, session.user.value)) throw failed;
}

// It is the session that refreshes once. With `deduplicateRefresh` the library fails the requests that
// were already on their way when the first was answered with 401.
createAuthRefresh(api, refresh, { deduplicateRefresh: false });

showPage(session, async (id) => (await api.get(`orders/${id}`)).data);
