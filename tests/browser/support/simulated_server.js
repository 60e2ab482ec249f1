// The server as a model: one user, the sessions of one browser, and the state machine of src/rotation.rs.

const USER = { email: "ada@example.com", user_id: 19 };

/** Refreshes and reads, at the time of a [`SimulatedTime`]. */
export class SimulatedServer {
  /** Seconds. */
  grace = 10;
  /** Seconds. */
  lifetime = 900;
  /** Each refresh that came: when, with which token, and what was decided. */
  refreshes = [];
  /** Why the session has ended, where it has. */
  ended = "logged_out";

  #time;
  #current = 0;
  #supersededAt = new Map();

  constructor(time) {
    this.#time = time;
  }

  /** Answers a request with these cookies: `{ status, data, cookies }`, and `headers`. */
  answer(method, path, cookies) {
    const call = `${method} ${path}`;
    if (call === "POST login/") return this.#logIn();
    if (call === "POST refresh/") return this.#refresh(cookies.refresh);
    if (call === "POST logout/") return this.#logOut(cookies);
    if (call === "GET ") return this.#isGood(cookies.access) ? { status: 200, data: USER } : refused("Given token not valid", false);
    if (call === "POST /api/orders") return this.#isGood(cookies.access) ? { status: 200, data: {} } : refused("Who?", false);
    throw new Error(`the model does not know ${call}`);
  }

  #logIn() {
    this.ended = null;
    this.#current += 1;
    return this.#pair(USER);
  }

  #logOut({ access, refresh }) {
    if (this.ended || (!this.#isGood(access) && !refresh)) return refused("Given token not valid");
    this.ended = this.#decide(refresh) === "reuse" ? "reuse_detected" : "logged_out";
    return { status: 200, data: "ada@example.com has been logged out", cookies: { access: null, refresh: null } };
  }

  #refresh(token) {
    const decision = this.#decide(token);
    this.refreshes.push({ at: this.#time.now, token, decision });
    if (decision === "rotate") {
      this.#supersededAt.set(this.#current, this.#time.now);
      this.#current += 1;
    }
    if (decision === "reuse") this.ended = "reuse_detected";
    return ["rotate", "repeat"].includes(decision) ? this.#pair({ message: "Token refreshed successfully" }) : refused("Invalid or expired refresh token");
  }

  #decide(token) {
    if (!token || this.ended) return "refuse";
    if (token === this.#current) return "rotate";
    return this.#time.now - this.#supersededAt.get(token) < this.grace * 1000 ? "repeat" : "reuse";
  }

  #pair(data) {
    const headers = { "X-Access-Expires-In": `${this.lifetime}`, "X-Refresh-Grace": `${this.grace}` };
    return { status: 200, data, headers, cookies: { refresh: this.#current, access: this.#time.now + this.lifetime * 1000 } };
  }

  #isGood(access) {
    return !this.ended && access > this.#time.now;
  }
}

const refused = (detail, isLast = true) => ({ status: 401, data: { detail }, cookies: isLast ? { access: null, refresh: null } : {} });
