import { createSession } from "frontgate";
import { useSyncExternalStore } from "react";

export const session = createSession();

/** Who is logged in: `{ id, email }`, null for nobody, undefined while that is not known. */
export const useUser = () => useSyncExternalStore(session.user.subscribe, () => session.user.value, () => undefined);
