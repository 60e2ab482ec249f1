// What Frontgate's client for browsers promises.

/** Who is logged in. */
export interface User {
  /**
   * The server's `user_id`, which stays and is never another person's: the key for what your app keeps. `undefined` where
   * the server's `user_fields` leaves it out.
   */
  readonly id: number | undefined;
  /** The address, as the server has it. It may change, and be somebody else's tomorrow: never use it as a key. */
  readonly email: string;
}

/** A value that changes: Svelte's store contract, and what React's `useSyncExternalStore` wants. */
export interface Signal<T> {
  /** What it is now. The same object until it changes. */
  readonly value: T;
  /** Calls `run` at once, and at each change until the function that it answers is called. */
  readonly subscribe: (run: (value: T) => void) => () => void;
}

/** One of the places where the user is logged in: `GET sessions/`. */
export interface Device {
  readonly id: string;
  /** Browser and system in words, such as `"Firefox on Windows"`. */
  readonly device: string;
  /** The address of the last refresh. */
  readonly ip: string | null;
  /** RFC 3339, UTC. */
  readonly created_at: string;
  /** The last log-in or refresh: RFC 3339, UTC. */
  readonly last_seen_at: string;
  /** RFC 3339, UTC. It moves with each refresh. */
  readonly expires_at: string;
  /** Whether it is the session of this browser. */
  readonly current: boolean;
}

/** What the server knows of the user: `GET profile/`. */
export interface Profile {
  readonly user_id?: number;
  readonly email: string;
  readonly first_name: string;
  readonly last_name: string;
  /** RFC 3339, UTC. */
  readonly date_joined: string;
  /** RFC 3339, UTC. */
  readonly last_login: string | null;
}

/**
 * What kept a call from doing what it is for.
 *
 * - `invalid`: the server refused what was sent; `fields` says why, by field.
 * - `credentials`: no active user has this address and password.
 * - `not_found`: the user has no session with this id.
 * - `logged_out`: nobody is logged in (any more), or somebody else has logged in while this had to wait.
 * - `throttled`, `unavailable`: later; `retryAfter` says when, in seconds, where the server does.
 * - `offline`, `network`: the server cannot be reached. Nobody is logged out by that.
 * - `base_url`: whatever answered is not Frontgate's user endpoints.
 * - `cors`, `cross_site`: `cors_allowed_origins` does not list the origin of this page.
 * - `mixed_content`: a page over https cannot ask a server over http.
 * - `third_party_cookies`, `insecure_cookies`, `cookies_blocked`: the browser did not keep the cookies.
 */
export type ErrorCode =
  | "invalid"
  | "credentials"
  | "not_found"
  | "logged_out"
  | "throttled"
  | "unavailable"
  | "offline"
  | "network"
  | "base_url"
  | "cors"
  | "cross_site"
  | "mixed_content"
  | "third_party_cookies"
  | "insecure_cookies"
  | "cookies_blocked";

/** An error whose `message` says what to do: to a person for `invalid` and `credentials`, else to a developer. */
export declare class FrontgateError extends Error {
  constructor(code: ErrorCode, message: string, more?: object);
  readonly name: "FrontgateError";
  readonly code: ErrorCode;
  /** The status of the answer, where there was one. */
  readonly status?: number;
  /** The answer's JSON, where it had some. */
  readonly detail?: unknown;
  /** With `invalid`: what is wrong, by the name of the field, as the API has them. */
  readonly fields?: Readonly<Record<string, readonly string[]>>;
  /** In seconds. */
  readonly retryAfter?: number;
}

export interface SessionOptions {
  /**
   * Where Frontgate's user endpoints are, relative to the page or absolute. `/api/v1/users/` unless
   * the server's `users_prefix` says otherwise. Without a slash at its end no path that is asked for has one, for proxies
   * that redirect those, such as Next's.
   */
  baseUrl?: string | URL;
  /** What sends requests, instead of the browser's `fetch`. */
  fetch?: typeof globalThis.fetch;
}

/**
 * The session of this browser, which all tabs share. Every function can be passed around without
 * its object. Whatever fails throws a `FrontgateError`; `fetch` throws what fetch throws as well.
 */
export interface Session {
  /**
   * Who is logged in; `null`: nobody; `undefined`: not known yet, as at the start, offline, or when the answer to a
   * log-in got lost.
   */
  readonly user: Signal<User | null | undefined>;
  /**
   * Why `user` has become `null`: `"logged_out"` here or in another tab (also by ending this very device), or `"ended"`
   * by an operator, another device, or its time, also while the page was closed. `undefined` while somebody is logged in,
   * and on a page that was opened when nobody was.
   */
  readonly reason: Signal<"logged_out" | "ended" | undefined>;
  /** When the access token expires, by `Date.now()`, where that is known. It moves with each refresh. */
  readonly expiresAt: Signal<number | undefined>;
  /**
   * Who is logged in, when that is known: now, where it is known already. It fails with why it cannot be known yet, as
   * when the server is away; the session goes on trying, and `ready` is another promise then.
   */
  readonly ready: Promise<User | null | undefined>;

  /**
   * Resolves to who is logged in, now or as soon as that is known, and never fails: for routers that must know before they
   * show a page. While a server renders it is `undefined`.
   */
  readonly whenKnown: () => Promise<User | null | undefined>;

  /** Makes an account, and logs in with it. */
  readonly signUp: (email: string, password: string, names?: { first_name?: string; last_name?: string }) => Promise<User>;
  /** Logs in, in every tab. What this browser was logged in to before ends. */
  readonly logIn: (email: string, password: string) => Promise<User>;
  /** Logs out, in every tab. When it fails, `user` stays as it is; the next answer of the server tells. */
  readonly logOut: () => Promise<void>;
  /** Ends every session of the user, this one included. Answers how many there were. */
  readonly logOutEverywhere: () => Promise<number>;
  /** Ends every session of the user but this one. Answers how many there were. */
  readonly logOutOthers: () => Promise<number>;
  /** Where the user is logged in; the place last seen comes first. */
  readonly sessions: () => Promise<Device[]>;
  /** Ends one of them. Its device is logged out with its next request. */
  readonly endSession: (id: string) => Promise<void>;
  /** Every other session ends; this browser stays logged in. */
  readonly changePassword: (oldPassword: string, newPassword: string) => Promise<User>;
  /** Deletes the account, for which it takes the password, and logs out. */
  readonly deleteAccount: (password: string) => Promise<void>;
  readonly profile: () => Promise<Profile>;
  /** Changes what is named. A new `email` needs `password`, the current one. */
  readonly changeProfile: (changes: { email?: string; password?: string; first_name?: string; last_name?: string }) => Promise<Profile>;

  /**
   * Refreshes, unless another tab just has. Resolves to whether somebody is logged in. The session does it by itself.
   *
   * If answers arrive, nobody is logged out and no alarm goes off, at any latency (up to three minutes) and with any
   * `refresh_grace` of the server. If an answer is lost, the same holds as long as the retry arrives within that grace;
   * beyond it the session ends, once. Tries that fail are at most six a minute among all tabs; what comes earlier fails
   * with `unavailable`. A session that has ended is not asked for again.
   */
  readonly refresh: () => Promise<boolean>;
  /**
   * The browser's `fetch`, for your own API as well: with a fresh access token, and when the answer
   * is 401, refreshed and sent again. A 401 was not carried out, so this is right for every method.
   * The 401 is answered when nobody is logged in any more (`user` is `null` then), and when
   * `init.body` is a stream, which cannot be sent twice. Requests that fail on the way are not repeated:
   * whether they were carried out, only you can know. Nor are requests whose 401 comes when somebody else
   * has logged in, and those that no cookies go with (`credentials`, or while a server renders): there is nothing
   * to refresh for these. A request that has to wait while somebody else logs in is not sent at all: that is
   * thrown as `logged_out`.
   */
  readonly fetch: (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;
  /** Stops timers and listeners. Nobody is logged out by that. */
  readonly close: () => void;
}

/** The session of this browser with the server at `baseUrl`. Make it once, and import it where it is needed. */
export declare function createSession(options?: SessionOptions): Session;
