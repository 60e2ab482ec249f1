/**
 * For Axios before 1.12: lets the requests of an instance be sent again after a refresh, one for all of them, in all tabs.
 * A request is sent again only as the person who asked for it, as `session.fetch` does.
 */
export function refreshOn401(api, session) {
  api.interceptors.request.use(async (config) => {
    await session.ready.catch(() => {});
    // No script sees the access token, but each expires at a time of its own.
    return Object.assign(config, { askedBy: session.user.value, expiresAt: session.expiresAt.value });
  });

  api.interceptors.response.use(undefined, async (error) => {
    const { config, response } = error;
    if (response?.status !== 401 || config.isRefreshed) throw error;
    // While this request was on its way, another may have refreshed.
    const isStale = config.expiresAt !== session.expiresAt.value;
    if (!isStale && !(await session.refresh())) throw error;
    if (!isSamePerson(config.askedBy, session.user.value)) throw error;
    return api({ ...config, isRefreshed: !isStale });
  });
}

/** Whether two values of `session.user` are one person. Addresses change: they count only where the server tells no id. */
export const isSamePerson = (one, other) => !!one && !!other && (one.id ?? one.email) === (other.id ?? other.email);
