import { useEffect, useState } from "react";

import { inWords } from "../shared/words.js";
import { session, useUser } from "./session.js";

export function App() {
  const user = useUser();
  const [error, setError] = useState("");
  const act = async (run) => {
    setError("");
    await run().catch((error) => setError(inWords(error)));
  };
  return (
    <main>
      <h1>My orders</h1>
      {user === undefined ? <Starting /> : user ? <Orders key={user.id} user={user} act={act} /> : <LogIn act={act} />}
      <p role="alert">{error}</p>
    </main>
  );
}

function Starting() {
  const [text, setText] = useState("One moment…");
  useEffect(() => void session.ready.catch((error) => setText(inWords(error))), []);
  return <p>{text}</p>;
}

function LogIn({ act }) {
  const submit = (event) => {
    event.preventDefault();
    const { email, password } = event.target.elements;
    const enter = event.nativeEvent.submitter.value === "new" ? session.signUp : session.logIn;
    act(() => enter(email.value, password.value));
  };
  return (
    <form onSubmit={submit}>
      <label>E-mail address <input name="email" type="email" autoComplete="username" required /></label>
      <label>Password <input name="password" type="password" autoComplete="current-password" required /></label>
      <div className="buttons"><button>Log in</button> <button value="new">Sign up</button></div>
    </form>
  );
}

function Orders({ user, act }) {
  const [orders, setOrders] = useState([]);
  const show = async () => setOrders(await Promise.all([1, 2, 3].map(getOrder)));
  return (
    <>
      <p>Logged in as <strong>{user.email}</strong></p>
      <div className="buttons">
        <button onClick={() => act(show)}>Show my orders</button> <button onClick={() => act(session.logOut)}>Log out</button>
      </div>
      <ul>{orders.map(({ item }) => <li key={item}>{item}</li>)}</ul>
    </>
  );
}

async function getOrder(id) {
  const answer = await session.fetch(`/api/orders/${id}`);
  if (!answer.ok) throw Object.assign(new Error(`Order ${id}: ${answer.status}`), { status: answer.status });
  return answer.json();
}
