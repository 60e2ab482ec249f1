// Somebody who uses the API as a single-page app does: a jar of two cookies, a user agent
// and an address.

/** What everybody's password is. */
export const PASSWORD = "correct horse battery";

const USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0";

/** A person, or a device of theirs. */
export class Person {
  /** Cookies by their name. */
  cookies = {};

  constructor(server, email, { ip = "192.0.2.1", userAgent = USER_AGENT } = {}) {
    Object.assign(this, { server, email, ip, userAgent });
  }

  signUp() {
    return this.#post("create/", { email: this.email, password: PASSWORD });
  }

  logIn(password = PASSWORD) {
    return this.#post("login/", { email: this.email, password });
  }

  refresh() {
    return this.#post("refresh/");
  }

  logOut() {
    return this.#post("logout/");
  }

  /** 200 with the address while the session lives, else 401. */
  info() {
    return this.#send("GET", "");
  }

  /** Somebody else with the same cookies, such as a thief, from where `more` says. */
  copy(more = {}) {
    const copy = new Person(this.server, this.email, { ip: this.ip, userAgent: this.userAgent, ...more });
    copy.cookies = { ...this.cookies };
    return copy;
  }

  /** What the access token says, such as `user_id` and `sid`. */
  get access() {
    return claims(this.cookies.access);
  }

  /** What the refresh token says, such as its `jti`. */
  get refreshToken() {
    return claims(this.cookies.refresh);
  }

  #post(path, body = {}) {
    return this.#send("POST", path, JSON.stringify(body));
  }

  async #send(method, path, body) {
    const headers = {
      "Content-Type": "application/json",
      "User-Agent": this.userAgent,
      "X-Forwarded-For": this.ip,
      Cookie: Object.entries(this.cookies).map(([name, value]) => `${name}=${value}`).join("; "),
    };
    const response = await fetch(this.server.api(path), { method, headers, body });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
      if (value) this.cookies[name] = value;
      else delete this.cookies[name];
    }
    return { status: response.status, body: await response.text() };
  }
}

function claims(token) {
  return JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
}
