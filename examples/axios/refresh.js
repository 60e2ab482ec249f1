/** Lets the requests of an Axios instance be sent again after a refresh: one for all of them, in all tabs. */
export function refreshOn401(api, session) {
  // No script sees the access token, but each expires at a time of its own.
  api.interceptors.request.use((config) => Object.assign(config, { expiresAt: session.expiresAt.value }));

  api.interceptors.response.use(undefined, async (error) => {
    const { config, response } = error;
    if (response?.status !== 401 || config.isRefreshed) throw error;
    // While this request was on its way, another may have refreshed.
    const isStale = config.expiresAt !== session.expiresAt.value;
    if (!isStale && !(await session.refresh())) throw error;
    return api({ ...config, isRefreshed: !isStale });
  });
}
