// A WebSocket that comes back when it is lost, until it is closed.

export class Socket {
  #socket;
  #wait = 500;
  #timer;
  #isOpen = true;

  constructor(path, onMessage) {
    this.url = new URL(path, location.href);
    this.url.protocol = this.url.protocol === "https:" ? "wss:" : "ws:";
    this.onMessage = onMessage;
    this.#open();
  }

  #open() {
    const socket = this.#socket = new WebSocket(this.url);
    socket.binaryType = "blob";
    socket.onmessage = ({ data }) => {
      this.#wait = 500;
      this.onMessage(typeof data === "string" ? JSON.parse(data) : data);
    };
    socket.onclose = () => {
      if (!this.#isOpen) return;
      this.#timer = setTimeout(() => this.#open(), this.#wait);
      this.#wait = Math.min(this.#wait * 2, 5000);
    };
  }

  close() {
    this.#isOpen = false;
    clearTimeout(this.#timer);
    this.#socket.close();
  }
}
