// What went wrong, in words for the person. Most messages of the errors are for the developer.

/** What to tell somebody about an error of the session, of an API, or of the way to it. */
export function inWords(error) {
  if (error.code === "credentials") return "Address and password do not belong together.";
  if (error.code === "invalid") return error.message;
  if (error.code === "offline" || error.code === "network") return "There is no connection. Try again in a moment.";
  if (error.code === "throttled" || error.code === "unavailable") return `Try again in ${error.retryAfter ?? 5} seconds.`;
  if (error.status === 401) return "You are logged out. Log in again.";
  if (error.code === "logged_out") return "Somebody else has logged in, in another tab.";
  console.error(error);
  return "That did not work. Try again in a moment.";
}
