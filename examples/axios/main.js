import axios from "axios";
import { createSession } from "frontgate";

import { showPage } from "../shared/page.js";
import { refreshOn401 } from "./refresh.js";

const session = createSession();
const api = axios.create({ baseURL: "/api/" });
refreshOn401(api, session);

showPage(session, async (id) => (await api.get(`orders/${id}`)).data);
