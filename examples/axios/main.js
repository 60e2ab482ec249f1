import axios from "axios";
import { createSession } from "frontgate";

import { showPage } from "../shared/page.js";

const session = createSession();
// Axios 1.12 and later sends with the session's own fetch. For older ones there is refresh.js.
const api = axios.create({ baseURL: "/api/", adapter: "fetch", env: { fetch: session.fetch } });

showPage(session, async (id) => (await api.get(`orders/${id}`)).data);
