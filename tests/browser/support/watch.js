// Whatever a page does wrong without anybody asking.

/**
 * Watches a page from now on. The list that it answers gets a line for each error in the
 * console (a violation of the content security policy is one), each exception, each part of a
 * page that could not be loaded, and each request that leaves the server.
 */
export function watch(page, origin) {
  const complaints = [];
  const refused = new Set();
  page.on("response", (response) => {
    if (response.status() < 400) return;
    // That a page is answered with 400 or 404 is for its test to judge, and so is what an app is
    // answered that asks the API. Chromium says so in the console all the same.
    const isJudged = response.request().isNavigationRequest() || response.url().startsWith(`${origin()}/api/`);
    if (isJudged && response.status() < 500) refused.add(response.url());
    else complaints.push(`${response.status()} from ${response.url()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(`${origin()}/`)) complaints.push(`a request to ${request.url()}`);
  });
  page.on("pageerror", (error) => complaints.push(`an exception: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    const isStatus = message.text().startsWith("Failed to load resource: the server responded");
    if (!(isStatus && refused.has(message.location().url))) complaints.push(`console: ${message.text()}`);
  });
  return complaints;
}
