// One room on the page: its messages, who is there, and who is writing.
import { Presence } from "./zzz.js";

const TYPING_MS = 3000;

export class Room {
  #channel;
  #presence;
  #page;
  #ownName;
  #shown = new Map();
  #typing = new Map();
  #saidTypingAt = 0;

  /** @param {object} page the elements that show the room */
  constructor(socket, name, ownName, page) {
    this.#page = page;
    this.#ownName = ownName;
    page.title.textContent = name;
    for (const element of [page.messages, page.people, page.typing]) element.replaceChildren();
    // After an interruption only what came meanwhile is asked for.
    this.#channel = socket.channel(`room:${name}`, () => ({ after: Math.max(0, ...this.#shown.keys()) }));
    this.#channel.on("said", (message) => this.#add([message]));
    this.#channel.on("typing", ({ name }) => this.#types(name));
    this.#channel.addEventListener("join", ({ response }) => this.#add(response.messages));
    this.#presence = new Presence(this.#channel, { onSync: () => this.#listPeople() });
  }

  async join() {
    try {
      await this.#channel.join();
    } catch (error) {
      if (error.status === "closed") return;
      this.#page.connection.textContent = `This room cannot be opened: ${error.message}`;
      this.#channel.leave();
    }
  }

  leave() {
    this.#channel.leave();
    for (const timer of this.#typing.values()) clearTimeout(timer);
    this.#typing.clear();
  }

  /** Whether it was taken. */
  async say(text) {
    this.#saidTypingAt = 0;
    try {
      await this.#channel.push("say", { text });
      this.#page.connection.textContent = "";
      return true;
    } catch (error) {
      this.#page.connection.textContent = `Not sent: ${error.message}`;
      return false;
    }
  }

  /** Tells the others, not at every key. */
  type() {
    if (Date.now() - this.#saidTypingAt < TYPING_MS / 2) return;
    this.#saidTypingAt = Date.now();
    this.#channel.send("typing");
  }

  // Messages.

  #add(messages) {
    const list = this.#page.messages;
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
    for (const message of messages) {
      this.#stopsTyping(message.name);
      if (this.#shown.has(message.id)) continue;
      const item = this.#item(message);
      this.#shown.set(message.id, item);
      // Two loops of the server may send in another order than they have counted.
      const next = [...list.children].findLast((other) => Number(other.dataset.id) < message.id)?.nextSibling;
      list.insertBefore(item, next === undefined ? list.firstChild : next);
    }
    this.#group();
    if (isAtEnd) list.scrollTop = list.scrollHeight;
  }

  #item({ id, name, text, at }) {
    const item = document.createElement("li");
    item.dataset.id = id;
    item.dataset.name = name;
    item.classList.toggle("own", name === this.#ownName);
    const time = document.createElement("time");
    const moment = new Date(at * 1000);
    time.dateTime = moment.toISOString();
    time.textContent = moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    const bubble = document.createElement("p");
    bubble.textContent = text;
    const author = document.createElement("span");
    author.className = "author";
    author.style.setProperty("--hue", hue(name));
    author.textContent = name;
    item.append(author, bubble, time);
    return item;
  }

  /** Who says several things in a row is named once. */
  #group() {
    let before = null;
    for (const item of this.#page.messages.children) {
      item.classList.toggle("again", item.dataset.name === before);
      before = item.dataset.name;
    }
  }

  // People.

  #listPeople() {
    const people = this.#presence.list().sort((left, right) => left.key.localeCompare(right.key));
    this.#page.count.textContent = people.length;
    this.#page.people.replaceChildren(
      ...people.map(({ key, metas }) => {
        const item = document.createElement("li");
        item.style.setProperty("--hue", hue(key));
        item.textContent = key === this.#ownName ? `${key} (you)` : key;
        if (metas.length > 1) item.title = `in ${metas.length} windows`;
        return item;
      }),
    );
  }

  #types(name) {
    clearTimeout(this.#typing.get(name));
    this.#typing.set(name, setTimeout(() => this.#stopsTyping(name), TYPING_MS));
    this.#tellTyping();
  }

  #stopsTyping(name) {
    clearTimeout(this.#typing.get(name));
    if (this.#typing.delete(name)) this.#tellTyping();
  }

  #tellTyping() {
    const names = [...this.#typing.keys()];
    const text = new Intl.ListFormat("en").format(names.slice(0, 3));
    this.#page.typing.textContent = names.length === 0 ? "" : `${text} ${names.length > 1 ? "are" : "is"} typing …`;
  }
}

/** A colour for a name, always the same. */
function hue(name) {
  let sum = 7;
  for (const character of name) sum = (sum * 31 + character.codePointAt(0)) % 360;
  return sum;
}
