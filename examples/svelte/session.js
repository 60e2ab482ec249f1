import { createSession } from "frontgate";

export const session = createSession();

/** A store: `$user` is `{ id, email }`, null for nobody, undefined while that is not known. */
export const user = session.user;
