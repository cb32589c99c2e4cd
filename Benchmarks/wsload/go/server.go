// Channels in the protocol of Phoenix as one writes them in Go: net/http, a goroutine that reads and one that writes for
// each socket, encoding/json. What `make bench channels` compares with.
package main

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
)

type client struct {
	conn     net.Conn
	outgoing chan []byte
	topic    string
}

type hub struct {
	mutex  sync.RWMutex
	topics map[string]map[*client]struct{}
}

var topics = hub{topics: map[string]map[*client]struct{}{}}

func (h *hub) join(topic string, c *client) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.topics[topic] == nil {
		h.topics[topic] = map[*client]struct{}{}
	}
	h.topics[topic][c] = struct{}{}
}

func (h *hub) leave(c *client) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	delete(h.topics[c.topic], c)
}

// broadcast encodes once, and hands the same bytes to every member.
func (h *hub) broadcast(topic string, event string, payload json.RawMessage) {
	text, err := json.Marshal([]any{nil, nil, topic, event, payload})
	if err != nil {
		return
	}
	message := frame(opText, text)
	h.mutex.RLock()
	defer h.mutex.RUnlock()
	for member := range h.topics[topic] {
		member.outgoing <- message
	}
}

// write sends what waits in one write, as far as it fits the writer's buffer.
func (c *client) write() {
	writer := bufio.NewWriterSize(c.conn, 1024)
	for message := range c.outgoing {
		writer.Write(message)
		for n := len(c.outgoing); n > 0; n-- {
			writer.Write(<-c.outgoing)
		}
		writer.Flush()
	}
	c.conn.Close()
}

func (c *client) reply(joinRef, ref *string, topic string, response any) {
	status := map[string]any{"status": "ok", "response": response}
	if text, err := json.Marshal([]any{joinRef, ref, topic, "phx_reply", status}); err == nil {
		c.outgoing <- frame(opText, text)
	}
}

func (c *client) take(text []byte) error {
	var parts []json.RawMessage
	var joinRef, ref *string
	var topic, event string
	if err := json.Unmarshal(text, &parts); err != nil || len(parts) < 5 {
		return err
	}
	for index, target := range []any{&joinRef, &ref, &topic, &event} {
		if err := json.Unmarshal(parts[index], target); err != nil {
			return err
		}
	}
	switch event {
	case "phx_join":
		c.topic = topic
		topics.join(topic, c)
		c.reply(joinRef, ref, topic, struct{}{})
	case "heartbeat":
		c.reply(joinRef, ref, topic, struct{}{})
	case "echo":
		c.reply(joinRef, ref, topic, parts[4])
	case "shout":
		topics.broadcast(topic, event, parts[4])
	}
	return nil
}

func (c *client) read(reader *bufio.Reader) {
	defer close(c.outgoing)
	defer topics.leave(c)
	var buffer []byte
	for {
		opcode, payload, err := readFrame(reader, buffer)
		buffer = payload
		if err != nil || opcode == opClose {
			return
		}
		if opcode == opPing {
			c.outgoing <- frame(opPong, append([]byte(nil), payload...))
		}
		if opcode == opText && c.take(payload) != nil {
			return
		}
	}
}

func accept(response http.ResponseWriter, request *http.Request) {
	key := request.Header.Get("Sec-WebSocket-Key")
	hijacker, isOne := response.(http.Hijacker)
	if request.Header.Get("Upgrade") != "websocket" || key == "" || !isOne {
		http.Error(response, "not a WebSocket", http.StatusUpgradeRequired)
		return
	}
	conn, buffered, err := hijacker.Hijack()
	if err != nil {
		return
	}
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Accept: " + base64.StdEncoding.EncodeToString(sum[:]) + "\r\n\r\n"))
	c := &client{conn: conn, outgoing: make(chan []byte, 256)}
	go c.write()
	go c.read(buffered.Reader)
}

func main() {
	http.HandleFunc("/plaintext", func(response http.ResponseWriter, _ *http.Request) {
		response.Write([]byte("Hello, World!"))
	})
	http.HandleFunc("/socket/websocket", accept)
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
