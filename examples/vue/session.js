import { createSession } from "frontgate";
import { onScopeDispose, readonly, shallowRef } from "vue";

export const session = createSession();

/** Who is logged in: `{ id, email }`, null for nobody, undefined while that is not known. */
export function useUser() {
  const user = shallowRef();
  onScopeDispose(session.user.subscribe((value) => (user.value = value)));
  return readonly(user);
}
