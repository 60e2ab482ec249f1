// One configuration for all examples: each plugin looks at the files of its framework only.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import react from "@vitejs/plugin-react";
import vue from "@vitejs/plugin-vue";

import { answerOrder } from "./orders.js";

const examples = ["fetch", "axios", "axios-auth-refresh", "react", "vue", "svelte"];
const frontgate = process.env.FRONTGATE ?? "http://127.0.0.1:8000";

/** The app's own API, which is small enough to live in Vite's server. */
const orders = {
  name: "orders",
  configureServer({ middlewares }) {
    middlewares.use("/api/orders/", (request, answer) => answerOrder(frontgate, request, answer));
  },
};

export default {
  // Built files may be served under any path.
  base: "./",
  build: { rolldownOptions: { input: ["index.html", ...examples.map((name) => `${name}/index.html`)] } },
  plugins: [react(), svelte({ configFile: false }), vue(), orders],
  server: { proxy: { "/api/v1/users": { target: frontgate, changeOrigin: false } } },
};
