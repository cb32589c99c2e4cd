// The page of the chat: one socket, a channel for the list of rooms, and one for the room that is shown.
import { Socket } from "./zzz.js";
import { Room } from "./room.js";

const byId = (id) => document.getElementById(id);
let socket = null;
let room = null;
let name = sessionStorage.getItem("name") ?? "";

// Entering.

byId("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  name = byId("name").value.trim();
  if (name) enter();
});

function enter() {
  socket?.disconnect();
  socket = new Socket(document.body.dataset.socket, { params: { name } });
  let hasOpened = false;
  socket.addEventListener("open", () => {
    if (!hasOpened) show();
    hasOpened = true;
    byId("connection").textContent = "";
  });
  socket.addEventListener("close", () => {
    if (hasOpened) byId("connection").textContent = "Connecting again …";
    else refuse();
  });
  socket.connect();
}

/** The server does not say why it has refused a socket; almost always it is the name. */
function refuse() {
  socket.disconnect();
  sessionStorage.removeItem("name");
  byId("refusal").textContent = "That did not work: is the name too long, or is the server away?";
  byId("welcome").hidden = false;
}

function show() {
  sessionStorage.setItem("name", name);
  byId("welcome").hidden = true;
  byId("chat").hidden = false;
  listRooms();
  openRoom();
}

// Rooms.

async function listRooms() {
  const rooms = socket.channel("rooms");
  const names = new Set();
  const add = (added) => {
    for (const one of added) names.add(one);
    byId("rooms").replaceChildren(...[...names].map(roomLink));
    mark();
  };
  rooms.on("opened", ({ name }) => add([name]));
  rooms.addEventListener("join", ({ response }) => add(response.rooms));
  await rooms.join();
}

function roomLink(name) {
  const link = document.createElement("a");
  link.href = `#${encodeURIComponent(name)}`;
  link.textContent = name;
  return link;
}

/** The room that the address names. */
function wanted() {
  return decodeURIComponent(location.hash.slice(1)) || "lobby";
}

function mark() {
  for (const link of byId("rooms").children) {
    if (link.textContent === wanted()) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

async function openRoom() {
  room?.leave();
  room = new Room(socket, wanted(), name, {
    title: byId("title"), messages: byId("messages"), typing: byId("typing"),
    people: byId("people"), count: byId("count"), connection: byId("connection"),
  });
  document.title = `${wanted()} · Chat`;
  mark();
  await room.join();
  byId("text").focus();
}

addEventListener("hashchange", () => socket && openRoom());

byId("open").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = event.target.elements.room;
  location.hash = encodeURIComponent(field.value.trim().toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-"));
  field.value = "";
});

// Writing.

async function say() {
  const field = byId("text");
  const text = field.value.trim();
  if (!text) return;
  field.value = "";
  fit(field);
  if (!(await room.say(text)) && !field.value) field.value = text;
}

function fit(field) {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}

byId("say").addEventListener("submit", (event) => {
  event.preventDefault();
  say();
});

byId("text").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  say();
});

byId("text").addEventListener("input", (event) => {
  fit(event.target);
  room?.type();
});

if (name) enter();
else byId("welcome").hidden = false;
