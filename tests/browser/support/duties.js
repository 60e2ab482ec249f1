// What is done when a test is over.

/** Does all of these, the last one first, whatever becomes of the others. Answers what failed first. */
export async function doAll(acts) {
  const failures = [];
  for (const act of acts.toReversed()) {
    try {
      await act();
    } catch (error) {
      failures.push(error);
    }
  }
  return failures.at(0);
}
