// The account page: signs in and out, and manages second factors and sessions. Nothing secret is kept by it.
const API = "/api/v3/auth";
const texts = JSON.parse(document.getElementById("texts").textContent);
const $ = (id) => document.getElementById(id);
let csrf = null;
let challenge = null;
let owing = false; // a second factor, before anything else
// Mailed links carry their token behind `#`, which no server gets to see.
const linked = { page: location.pathname.split("/")[2] ?? "", token: location.hash.slice(1) };
if (linked.page) {
  for (const link of document.querySelectorAll("nav a")) link.href = `${location.pathname}${link.search}${location.hash}`;
  history.replaceState(null, "", "/account");
}

class Problem extends Error {
  constructor(body) {
    super(texts[body.code] ?? [body.detail, body.hint].filter(Boolean).join(" "));
    this.code = body.code;
    this.body = body;
  }
}

async function call(method, path, body) {
  const headers = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (csrf !== null) headers["x-csrf-token"] = csrf;
  const answer = await fetch(API + path, { method, headers, body: body && JSON.stringify(body), credentials: "same-origin" });
  const told = answer.status === 204 ? null : await answer.json().catch(() => ({ code: "away", detail: texts.away }));
  if (!answer.ok) throw new Problem(told);
  if (told?.csrf_token) csrf = told.csrf_token;
  return told;
}

// What needs a fresh proof asks for one, and is tried once more.
async function strongly(action) {
  try {
    return await action();
  } catch (problem) {
    if (problem.code !== "step_up_required") throw problem;
    if (!(await prove())) return undefined;
    return action();
  }
}

const coded = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
const decoded = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const named = (list) => (list ?? []).map((item) => ({ ...item, id: decoded(item.id) }));

async function passkeyAnswer(options) {
  const credential = await navigator.credentials.get({
    publicKey: { ...options, challenge: decoded(options.challenge), allowCredentials: named(options.allowCredentials) },
  });
  const { clientDataJSON, authenticatorData, signature, userHandle } = credential.response;
  const response = { clientDataJSON: coded(clientDataJSON), authenticatorData: coded(authenticatorData), signature: coded(signature) };
  if (userHandle) response.userHandle = coded(userHandle);
  return { id: credential.id, rawId: coded(credential.rawId), type: credential.type, response };
}

async function passkeyMade(options) {
  const credential = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: decoded(options.challenge),
      user: { ...options.user, id: decoded(options.user.id) },
      excludeCredentials: named(options.excludeCredentials),
    },
  });
  const { clientDataJSON, attestationObject } = credential.response;
  const response = { clientDataJSON: coded(clientDataJSON), attestationObject: coded(attestationObject) };
  return { id: credential.id, rawId: coded(credential.rawId), type: credential.type, response };
}

function say(text, bad = false) {
  const notice = $("notice");
  notice.textContent = text;
  notice.classList.toggle("bad", bad);
  notice.hidden = !text;
}

function told(error) {
  if (error.name === "NotAllowedError" || error.name === "AbortError") return texts.passkey_cancelled;
  if (error.name === "SecurityError") return texts.passkey_elsewhere;
  if (error.name === "InvalidStateError") return texts.passkey_known;
  return error instanceof Problem ? error.message : texts.away;
}

// One action at a time; its button waits, and what goes wrong is said.
function does(id, kind, action) {
  $(id).addEventListener(kind, async (event) => {
    event.preventDefault();
    const button = kind === "submit" ? $(id).querySelector("button:not([type=button])") : $(id);
    button.disabled = true;
    try {
      say("");
      await action();
    } catch (error) {
      if (["session_ended", "unauthenticated"].includes(error.code)) await welcome();
      say(told(error), true);
      $("notice").scrollIntoView({ block: "nearest" });
    } finally {
      button.disabled = false;
    }
  });
}

function show(id, focus) {
  for (const other of ["sign-in", "second", "mail", "reset", "newcomer", "home"]) $(other).hidden = other !== id;
  if (focus) $(focus).focus();
}

async function welcome() {
  csrf = null;
  $("join").hidden = linked.page !== "invitation";
  show("sign-in", "username");
  const providers = await call("GET", "/oidc").catch(() => []);
  $("providers").replaceChildren(...providers.map((provider) => {
    const link = document.createElement("a");
    link.href = provider.start;
    link.textContent = texts.with_provider.replace("{provider}", provider.title);
    return link;
  }));
}

async function second(required) {
  challenge = required.challenge;
  const methods = required.methods;
  show("second", methods.includes("totp") ? undefined : "second-title");
  $("second-passkey").hidden = !methods.includes("passkey");
  $("code-form").hidden = !methods.includes("totp");
  $("recovery-form").hidden = true;
  $("use-recovery").hidden = !methods.includes("recovery_code");
  if (methods.includes("totp")) $("code").focus();
}

async function answer(proof) {
  await call("POST", "/second-factor", { challenge, proof, cookies: true });
  for (const id of ["password", "code", "recovery"]) $(id).value = "";
  await home();
}

function moment(text) {
  return text ? new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" }).format(new Date(text)) : texts.never;
}

function item(title, detail, ...actions) {
  const line = document.createElement("li");
  const words = document.createElement("div");
  const small = document.createElement("small");
  words.append(title);
  small.textContent = detail;
  words.append(small);
  line.append(words);
  for (const [text, label, action] of actions) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.setAttribute("aria-label", `${text}: ${label}`);
    button.id = `action-${crypto.randomUUID?.() ?? Math.random()}`;
    line.append(button);
    queueMicrotask(() => does(button.id, "click", action));
  }
  return line;
}

async function factors() {
  const found = await call("GET", "/factors");
  owing = found.needed;
  const on = found.totp !== null;
  $("app-state").textContent = on ? texts.on : texts.off;
  $("app-state").classList.toggle("on", on);
  $("app-begin").hidden = on;
  $("app-remove").hidden = !on;
  $("app-setup").hidden = true;
  $("recovery-left").textContent = texts.left.replace("{count}", found.recovery_codes_left);
  $("recovery-renew").disabled = !on && !found.passkeys.length;
  $("passkeys").replaceChildren(...found.passkeys.map((passkey) => item(
    passkey.name,
    texts.passkey_used.replace("{made}", moment(passkey.created_at)).replace("{used}", moment(passkey.used_at)),
    [texts.rename, passkey.name, () => rename(passkey)],
    [texts.remove, passkey.name, () => removePasskey(passkey)],
  )));
}

async function sessions() {
  const found = (await call("GET", "/sessions")).items;
  $("sessions-end").hidden = found.length < 2;
  $("sessions").replaceChildren(...found.map((session) => item(
    session.device,
    `${session.current ? texts.this_session : moment(session.seen_at)} · ${session.address}`,
    ...(session.current ? [] : [[texts.end, session.device, async () => {
      await strongly(() => call("DELETE", `/sessions/${session.id}`));
      await sessions();
    }]]),
  )));
}

// Invitations to a confirmed address; whoever owes a second factor sees them afterwards.
async function invitations() {
  const found = await call("GET", "/invitations").catch((problem) => {
    if (problem.code !== "second_factor_needed") throw problem;
    return { items: [] };
  });
  $("invited").hidden = !found.items.length;
  $("invitations").replaceChildren(...found.items.map((invitation) => item(
    invitation.workspace_name,
    texts.invited_as.replace("{role}", invitation.role).replace("{by}", invitation.invited_by).replace("{until}", moment(invitation.expires_at)),
    [texts.accept, invitation.workspace_name, () => answerInvitation(invitation, "accept", texts.joined)],
    [texts.decline, invitation.workspace_name, async () => {
      if (!window.confirm(texts.decline_sure.replace("{workspace}", invitation.workspace_name))) return;
      await answerInvitation(invitation, "decline", texts.declined);
    }],
  )));
}

async function answerInvitation(invitation, answered, done) {
  await call("POST", `/invitations/${invitation.id}/${answered}`);
  await Promise.all([greet(), invitations()]);
  $($("invited").hidden ? "home-title" : "invited-title").focus();
  say(done.replace("{workspace}", invitation.workspace_name));
}

async function rename(passkey) {
  const name = window.prompt(texts.passkey_name, passkey.name)?.trim();
  if (!name) return;
  await call("POST", `/factors/passkeys/${passkey.id}/rename`, { name });
  await factors();
}

async function removePasskey(passkey) {
  if (!window.confirm(texts.remove_sure.replace("{name}", passkey.name))) return;
  await strongly(() => call("DELETE", `/factors/passkeys/${passkey.id}`));
  await factors();
}

// An invitation is taken by whoever is signed in.
async function accept() {
  if (linked.page !== "invitation" || owing) return;
  linked.page = "";
  const joined = await call("POST", "/invitation", { invitation: linked.token });
  await Promise.all([greet(), invitations()]);
  say(texts.joined.replace("{workspace}", joined.name));
}

// Whether they are a member of a workspace; who is of none may join one here.
async function greet() {
  const me = await call("GET", "/me").catch((problem) => {
    if (problem.code !== "not_a_member") throw problem;
    return null;
  });
  $("who").textContent = me ? `${me.user.name || me.user.username} · ${me.user.username}` : "";
  return me !== null;
}

async function home() {
  const member = await greet();
  await Promise.all([factors(), sessions(), invitations()]);
  show("home", "home-title");
  if (owing) say(texts.second_factor_needed);
  else if (!member) say(texts.not_a_member);
  await accept();
}

function showCodes(codes) {
  if (!codes?.length) return;
  $("codes-list").replaceChildren(...codes.map((code) => Object.assign(document.createElement("li"), { textContent: code })));
  $("codes").showModal();
}

const written = (text) => {
  const code = text.trim();
  return { method: /^[0-9]{6}$/.test(code) ? "totp" : "recovery_code", code };
};

// Resolves to whether the proof was given; wrong ones may be tried again.
async function prove() {
  const ways = await call("GET", "/step-up");
  const dialog = $("prove");
  const has = (method) => ways.methods.includes(method);
  $("prove-passkey").hidden = !has("passkey");
  $("prove-by-code").hidden = !has("totp") && !has("recovery_code");
  $("prove-by-password").hidden = !has("password");
  $("prove-elsewhere").hidden = !has("oidc");
  if (has("oidc")) {
    const { method } = await call("GET", "/session"); // such as oidc:acme
    $("prove-elsewhere").href = `${API}/oidc/${method.split(":")[1]}?again=true`;
  }
  $("prove-send").hidden = $("prove-by-code").hidden && $("prove-by-password").hidden;
  $("prove-error").hidden = true;
  for (const id of ["prove-code", "prove-password"]) $(id).value = "";
  dialog.showModal();
  return new Promise((resolve) => {
    const listening = new AbortController();
    const on = (id, kind, action) => $(id).addEventListener(kind, action, { signal: listening.signal });
    const end = (given) => { listening.abort(); dialog.close(); resolve(given); };
    const send = async (made) => {
      try {
        await call("POST", "/step-up", { proof: await made() });
        end(true);
      } catch (error) {
        $("prove-error").textContent = told(error);
        $("prove-error").hidden = false;
      }
    };
    on("prove-passkey", "click", () => send(async () => ({ method: "passkey", credential: await passkeyAnswer((await call("GET", "/step-up")).options) })));
    on("prove-send", "click", (event) => {
      event.preventDefault();
      send(async () => has("password") ? { method: "password", password: $("prove-password").value } : written($("prove-code").value));
    });
    on("prove-cancel", "click", () => end(false));
    on("prove", "cancel", () => end(false));
  });
}

does("password-form", "submit", async () => {
  try {
    await call("POST", "/login", { username: $("username").value, password: $("password").value, cookies: true });
  } catch (problem) {
    if (problem.code !== "second_factor_required") throw problem;
    return second(problem.body);
  }
  $("password").value = "";
  return home();
});
does("passkey-sign-in", "click", async () => {
  const { options } = await call("POST", "/passkey/options");
  await call("POST", "/passkey", { credential: await passkeyAnswer(options), cookies: true });
  await home();
});
does("second-passkey", "click", async () => {
  const { options } = await call("POST", "/second-factor/options", { challenge });
  await answer({ method: "passkey", credential: await passkeyAnswer(options) });
});
does("code-form", "submit", () => answer({ method: "totp", code: $("code").value }));
does("recovery-form", "submit", () => answer({ method: "recovery_code", code: $("recovery").value }));
does("use-recovery", "click", async () => {
  $("code-form").hidden = true;
  $("recovery-form").hidden = false;
  $("recovery").focus();
});
does("start-over", "click", welcome);
does("app-begin", "click", () => strongly(async () => {
  const begun = await call("POST", "/factors/totp");
  $("app-qr").src = begun.qr;
  $("app-secret").textContent = begun.secret.match(/.{1,4}/g).join(" ");
  $("app-address").href = begun.address;
  $("app-begin").hidden = true;
  $("app-setup").hidden = false;
  $("app-code").value = "";
  $("app-code").focus();
}));
does("app-setup", "submit", async () => {
  const { recovery_codes } = await call("POST", "/factors/totp/confirm", { code: $("app-code").value });
  await factors();
  say(texts.app_done);
  await accept();
  showCodes(recovery_codes);
});
does("app-remove", "submit", async () => {
  await call("POST", "/factors/totp/remove", { proof: written($("app-remove-code").value) });
  $("app-remove-code").value = "";
  await factors();
  say(texts.app_gone);
});
does("passkey-add", "submit", () => strongly(async () => {
  const { options } = await call("POST", "/factors/passkeys/options");
  const made = await call("POST", "/factors/passkeys", { name: $("passkey-name").value, credential: await passkeyMade(options) });
  $("passkey-name").value = "";
  await factors();
  say(texts.passkey_done.replace("{name}", made.passkey.name));
  await accept();
  showCodes(made.recovery_codes);
}));
does("recovery-renew", "click", async () => {
  const made = await strongly(() => call("POST", "/factors/recovery-codes"));
  await factors();
  showCodes(made?.recovery_codes);
});
does("sessions-end", "click", async () => {
  await strongly(() => call("DELETE", "/sessions"));
  await sessions();
});
does("sign-out", "click", async () => {
  await call("POST", "/logout");
  await welcome();
  say(texts.signed_out);
});
does("forgot", "click", () => show("mail", "mail-address"));
does("mail-back", "click", welcome);
does("mail-form", "submit", async () => {
  await call("POST", "/password/forgot", { email: $("mail-address").value });
  await welcome();
  say(texts.mailed);
});
does("reset-form", "submit", async () => {
  await call("POST", "/password/reset", { token: linked.token, new_password: $("reset-password").value });
  $("reset-password").value = "";
  await welcome();
  say(texts.reset_done);
});
does("join", "click", () => show("newcomer", "newcomer-username"));
does("newcomer-back", "click", welcome);
does("newcomer-form", "submit", async () => {
  const [username, name, password] = ["username", "name", "password"].map((part) => $(`newcomer-${part}`).value);
  await call("POST", "/register", { username, password, name, invitation: linked.token });
  linked.page = "";
  await call("POST", "/login", { username, password, cookies: true });
  $("newcomer-password").value = "";
  await home();
});
$("codes-copy").addEventListener("click", async () => {
  const lines = [...$("codes-list").children].map((line) => line.textContent).join("\n");
  await navigator.clipboard.writeText(lines).then(() => { $("codes-copy").textContent = texts.copied; }, () => {});
});

async function begin() {
  const failed = new URLSearchParams(location.search).get("error");
  if (failed) history.replaceState(null, "", "/account");
  if (linked.page === "reset") return show("reset", "reset-password");
  const signedIn = await call("GET", "/session").then(() => true, () => false);
  try {
    await (signedIn ? home() : welcome());
    if (linked.page === "email") {
      await call("POST", "/email/confirm", { token: linked.token });
      say(texts.email_confirmed);
    } else if (linked.page === "invitation" && !signedIn) say(texts.invited);
  } catch (error) {
    say(told(error), true);
  }
  if (failed) say(texts[failed] ?? texts.provider_refused, true);
}

await begin();
document.documentElement.dataset.ready = "";
