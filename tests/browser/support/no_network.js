// Imported before a program: it has no network, and says so when it asks for one.

import { Socket } from "node:net";

Socket.prototype.connect = () => {
  throw new Error("It asks the network for something.");
};
