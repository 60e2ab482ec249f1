import { createSession } from "frontgate";

export const session = createSession();

/** A store: `$user` is `{ email }`, null for nobody, undefined while that is not known. */
export const user = session.user;
