// What apps write has the right types; what is below a `@ts-expect-error` must be refused.

import { FrontgateError, createSession } from "frontgate";
import type { Device, ErrorCode, Profile, Session, SessionOptions, Signal, User } from "frontgate";
import type { Readable } from "svelte/store";

// Making one.
const session: Session = createSession();
const options: SessionOptions = { baseUrl: "/api/v1/users/", fetch: globalThis.fetch };
createSession(options);
createSession({ baseUrl: new URL("https://auth.example.com/api/v1/users/") });
// @ts-expect-error the address is an option
createSession("/api/v1/users/");
// @ts-expect-error options are in camel case
createSession({ base_url: "/api/v1/users/" });
// @ts-expect-error what sends requests is a function
createSession({ fetch: "fetch" });

// Who is logged in.
const user: Signal<User | null | undefined> = session.user;
const stop: () => void = user.subscribe((now) => {
  if (now) `${now.email.toUpperCase()} ${now.id ?? 0}`;
  else if (now === null) now satisfies null;
  else now satisfies undefined;
});
stop();
const first: User | null | undefined = await session.ready;
const why: "logged_out" | "ended" | undefined = session.reason.value;
const asStore: Readable<User | null | undefined> = session.user;
// As React declares it.
declare function useSyncExternalStore<T>(subscribe: (changed: () => void) => () => void, get: () => T): T;
useSyncExternalStore(session.user.subscribe, () => session.user.value)?.email;
// @ts-expect-error there may be nobody
session.user.value.email;
// @ts-expect-error it may not be known
session.expiresAt.value.toFixed();
// @ts-expect-error only the session sets it
session.user.value = null;
// @ts-expect-error nor what is in it
if (first) first.email = "grace@example.com";
// @ts-expect-error the server may not tell it
first?.id.toFixed();
// @ts-expect-error no script sees a token
session.token;

// Logging in, without the object too.
const { logIn, signUp, logOut, fetch } = session;
const ada: User = await logIn("ada@example.com", "correct horse battery");
await signUp(ada.email, "correct horse battery", { first_name: "Ada", last_name: "Lovelace" });
await logOut();
// @ts-expect-error a password is needed
logIn("ada@example.com");
// @ts-expect-error they are two strings
logIn({ email: "ada@example.com", password: "correct horse battery" });
// @ts-expect-error nobody makes themselves staff
signUp("ada@example.com", "correct horse battery", { is_staff: true });

// They are properties, so that linters let them be passed around, and that a function which takes less is refused.
declare const picky: (email: "ada@example.com", password: string) => Promise<User>;
// @ts-expect-error people have any address
const mocked: Session = { ...session, logIn: picky };
declare const pickier: (run: (value: User | null | undefined | number) => void) => () => void;
// @ts-expect-error nobody is told a number
const stubborn: Signal<User | null | undefined> = { ...user, subscribe: pickier };
const known: User | null | undefined = await session.whenKnown();

// Devices and the account.
const devices: Device[] = await session.sessions();
const ended: number = (await session.logOutEverywhere()) + (await session.logOutOthers());
await session.endSession(devices[0]!.id);
const profile: Profile = await session.changeProfile({ first_name: "Ada" });
await session.changePassword("correct horse battery", "a staple of another day");
await session.deleteAccount("correct horse battery");
const isLoggedIn: boolean = await session.refresh();
// @ts-expect-error what the server says is not for the app to change
devices[0]!.current = true;
// @ts-expect-error a session is ended by its id
session.endSession(devices[0]!);
// @ts-expect-error the server does not take it
session.changeProfile({ date_joined: "2026-01-05T12:00:00Z" });
// @ts-expect-error there may have been no log-in yet
profile.last_login.slice(0, 10);

// Requests.
const answer: Response = await fetch(new Request("/api/orders"), { signal: AbortSignal.timeout(1000) });
const likeTheBrowsers: typeof globalThis.fetch = fetch;
// @ts-expect-error something is asked for
fetch();

// Errors.
function inWords(error: unknown): string {
  if (!(error instanceof FrontgateError)) return "Something else.";
  if (error.code === "invalid") return error.fields?.email?.[0] ?? error.message;
  return `${error.name satisfies "FrontgateError"} ${error.status ?? 0} ${error.retryAfter ?? 0} ${String(error.detail)}`;
}
function isOfTheDeveloper(code: ErrorCode): boolean {
  switch (code) {
    case "invalid":
    case "credentials":
    case "not_found":
    case "logged_out":
    case "throttled":
    case "unavailable":
    case "offline":
    case "network":
      return false;
    case "base_url":
    case "cors":
    case "cross_site":
    case "mixed_content":
    case "third_party_cookies":
    case "insecure_cookies":
    case "cookies_blocked":
      return true;
  }
}
declare const failed: FrontgateError;
// @ts-expect-error there is no such code
if (failed.code === "wrong_password") inWords(failed);
// @ts-expect-error only some errors have them
failed.fields.email;
// @ts-expect-error it is one of the codes
isOfTheDeveloper("teapot");

export { answer, asStore, ended, isLoggedIn, known, likeTheBrowsers, mocked, stubborn, why };
