// One of the examples in one browser, as a person uses it.

import { answerOrder } from "../../../examples/orders.js";
import { Front } from "./front.js";
import { builtExamples } from "./package.js";
import { PASSWORD } from "./person.js";

/** An example, in as many tabs as one likes. */
export class Example {
  /** The [`Front`] that serves it. */
  front;
  /** The browser. */
  context;
  /** The tabs, in the order in which they were opened. */
  tabs = [];
  /** Exceptions, and requests that went elsewhere. */
  complaints = [];

  #anOrderWasShown;
  #showedAnOrder = () => {};

  /** The built example of this name in two tabs, in front of the world's server. */
  static async open(world, name) {
    const example = new Example();
    example.front = await Front.of(world);
    example.front.serve("/examples/", await builtExamples());
    example.front.at("/api/orders/", (request, answer) => example.#answerOrder(world, request, answer));
    await example.#openTabs(world, `${example.front.url()}/examples/${name}/`);
    return example;
  }

  /** The example of this name in two tabs, in Vite's own server at `url`. */
  static async develop(world, name, url) {
    const example = new Example();
    await example.#openTabs(world, `${url}${name}/`);
    return example;
  }

  async #openTabs(world, url) {
    this.context = await world.newContext();
    this.context.on("weberror", (error) => this.complaints.push(`an exception: ${error.error().message}`));
    this.context.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      if (protocol !== "data:" && origin !== new URL(url).origin) this.complaints.push(`a request to ${request.url()}`);
    });
    for (let number = 0; number < 2; number += 1) {
      const tab = await this.context.newPage();
      await tab.goto(url);
      this.tabs.push(tab);
    }
  }

  /** Fills in the form of a tab, the first one unless it is another, and presses a button of it. */
  async enter(button, password = PASSWORD, { email = "ada@example.com", tab = this.tabs[0] } = {}) {
    await tab.getByLabel("E-mail address").fill(email);
    await tab.getByLabel("Password").fill(password);
    await tab.getByRole("button", { name: button }).click();
  }

  /** Presses a button in a tab. */
  press(button, tab = this.tabs[0]) {
    return tab.getByRole("button", { name: button }).click();
  }

  /** Waits until a tab tells the person this. */
  async told(message, tab = this.tabs[0]) {
    await tab.getByRole("alert").filter({ hasText: message }).waitFor();
  }

  /** Waits until Ada is logged in, in every tab. */
  async everyTabIsLoggedIn() {
    await Promise.all(this.tabs.map((tab) => tab.getByText("Logged in as ada@example.com").waitFor()));
  }

  /** Waits until nobody is logged in, in any tab. */
  async everyTabIsLoggedOut() {
    await Promise.all(this.tabs.map((tab) => tab.getByRole("button", { name: "Log in" }).waitFor()));
  }

  /** The orders that a tab shows, once there are three. */
  async orders(tab) {
    await tab.getByRole("listitem").nth(2).waitFor();
    return tab.getByRole("listitem").allTextContents();
  }

  /** Refuses the third order to whoever has no access token only when somebody was given another one. */
  refuseLate() {
    this.#anOrderWasShown = new Promise((showed) => (this.#showedAnOrder = showed));
  }

  async #answerOrder(world, request, answer) {
    const isRefused = !/\baccess=/.test(request.headers.cookie);
    if (isRefused && request.url.endsWith("/3")) await this.#anOrderWasShown;
    this.front.orders.push(request.url);
    await answerOrder(world.server.url, request, answer);
    if (answer.statusCode === 200) this.#showedAnOrder();
  }
}
