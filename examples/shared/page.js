// The page of the examples that use no framework.
import "./style.css";
import { inWords } from "./words.js";

const PAGE = `
  <main>
    <h1>My orders</h1>
    <p id="starting">One moment…</p>
    <form hidden>
      <label>E-mail address <input name="email" type="email" autocomplete="username" required></label>
      <label>Password <input name="password" type="password" autocomplete="current-password" required></label>
      <div class="buttons"><button>Log in</button> <button value="new">Sign up</button></div>
    </form>
    <section hidden>
      <p>Logged in as <strong></strong></p>
      <div class="buttons"><button id="show">Show my orders</button> <button id="leave">Log out</button></div>
      <ul></ul>
    </section>
    <p role="alert"></p>
  </main>`;

/** Shows who is logged in to `session`, and what `getOrder(id)` answers. */
export function showPage(session, getOrder) {
  const at = (selector) => document.querySelector(selector);
  at("#app").innerHTML = PAGE;
  const tell = (error) => (at("[role=alert]").textContent = inWords(error));
  const act = (run) => {
    at("[role=alert]").textContent = "";
    run().catch(tell);
  };

  session.user.subscribe((user) => {
    at("#starting").hidden = user !== undefined;
    at("form").hidden = user !== null;
    at("section").hidden = !user;
    at("strong").textContent = user?.email ?? "";
    at("[role=alert]").textContent = "";
    at("ul").replaceChildren();
  });
  session.ready.catch(tell);

  at("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const { email, password } = event.target.elements;
    const enter = event.submitter.value === "new" ? session.signUp : session.logIn;
    act(() => enter(email.value, password.value).finally(() => (password.value = "")));
  });
  at("#leave").addEventListener("click", () => act(session.logOut));
  at("#show").addEventListener("click", () =>
    act(async () => {
      const asked = session.user.value?.id;
      const orders = await Promise.all([1, 2, 3].map(getOrder));
      // Somebody else must not see them.
      if (session.user.value?.id !== asked) return;
      at("ul").replaceChildren(...orders.map(({ item }) => Object.assign(document.createElement("li"), { textContent: item })));
    }),
  );
}
