#define _GNU_SOURCE
#include "socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { opcode_text = 1, opcode_close = 8, opcode_ping = 9, opcode_pong = 10, ports_per_address = 20000 };

static const unsigned char mask[4] = {0x37, 0xfa, 0x21, 0x3d};

static void fail(const char *operation)
{
    perror(operation);
    exit(1);
}

void socket_open(struct socket *socket_, int number, unsigned short port, const char *path)
{
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in own = {.sin_family = AF_INET}, server = {.sin_family = AF_INET, .sin_port = htons(port)};
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + (unsigned)(number / ports_per_address));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (descriptor < 0)
        fail("socket");
    /* The port is chosen by connect, which looks at the whole address (ip(7)). */
    setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind(descriptor, (struct sockaddr *)&own, sizeof own) != 0)
        fail("bind");
    if (connect(descriptor, (struct sockaddr *)&server, sizeof server) != 0)
        fail("connect");
    char request[512];
    int count = snprintf(
        request, sizeof request,
        "GET %s?vsn=2.0.0 HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        path);
    if (send(descriptor, request, (size_t)count, MSG_NOSIGNAL) != count)
        fail("send");
    *socket_ = (struct socket){.descriptor = descriptor, .topic = socket_->topic, .state = shaking};
}

/* What does not fit into the kernel's buffer is waited for: the load never has much on the way. */
static void send_all(struct socket *socket, const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t sent = send(socket->descriptor, bytes, count, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return; /* the next read says that it has gone */
        bytes += sent;
        count -= (size_t)sent;
    }
}

static void send_frame(struct socket *socket, int opcode, const char *payload, size_t count)
{
    char frame[8 + 512];
    size_t head = 2;
    if (count > 500)
        return;
    frame[0] = (char)(0x80 | opcode);
    frame[1] = (char)(0x80 | (count < 126 ? count : 126));
    if (count >= 126) {
        frame[2] = (char)(count >> 8);
        frame[3] = (char)count;
        head = 4;
    }
    memcpy(frame + head, mask, sizeof mask);
    head += sizeof mask;
    for (size_t i = 0; i < count; i++)
        frame[head + i] = (char)(payload[i] ^ mask[i % sizeof mask]);
    send_all(socket, frame, head + count);
}

static void send_message(struct socket *socket, const char *ref, const char *event, const char *payload)
{
    char text[256];
    int count =
        snprintf(text, sizeof text, "[\"1\",\"%s\",\"bench:%d\",\"%s\",%s]", ref, socket->topic, event, payload);
    send_frame(socket, opcode_text, text, (size_t)count);
}

void socket_push(struct socket *socket, const char *event, uint64_t number)
{
    char payload[64];
    snprintf(payload, sizeof payload, "{\"n\":%llu}", (unsigned long long)number);
    send_message(socket, "2", event, payload);
}

void socket_heartbeat(struct socket *socket)
{
    static const char text[] = "[null,\"3\",\"phoenix\",\"heartbeat\",{}]";
    send_frame(socket, opcode_text, text, sizeof text - 1);
}

static int holds(const char *text, size_t count, const char *part)
{
    return memmem(text, count, part, strlen(part)) != NULL;
}

static void end(struct socket *socket, const struct listener *listener, const char *what)
{
    if (socket->state == closed)
        return;
    socket->state = closed;
    close(socket->descriptor);
    free(socket->rest);
    socket->rest = NULL;
    listener->on_closed(socket, what);
}

static void take_message(struct socket *socket, const struct listener *listener, const char *text, size_t count)
{
    if (holds(text, count, "\"phx_reply\"")) {
        if (holds(text, count, "\"phoenix\""))
            return; /* a heartbeat's */
        if (!holds(text, count, "\"ok\"")) {
            end(socket, listener, "refused");
        } else if (socket->state == joining) {
            socket->state = joined;
            listener->on_joined(socket);
        } else {
            listener->on_reply(socket);
        }
    } else if (holds(text, count, "\"phx_close\"")) {
        end(socket, listener, "phx_close");
    } else if (holds(text, count, "\"phx_error\"")) {
        end(socket, listener, "phx_error");
    } else {
        const char *number = memmem(text, count, "\"n\":", 4);
        if (number)
            listener->on_broadcast(socket, strtoull(number + 4, NULL, 10));
    }
}

/* One frame at the beginning of `bytes`: its length, or 0 when it is not complete. */
static size_t take_frame(struct socket *socket, const struct listener *listener, const char *bytes, size_t count)
{
    const unsigned char *head = (const unsigned char *)bytes;
    size_t length, start = 2;
    if (count < 2)
        return 0;
    length = head[1] & 0x7f;
    if (length == 126) {
        if (count < 4)
            return 0;
        length = (size_t)head[2] << 8 | head[3];
        start = 4;
    } else if (length == 127) {
        fprintf(stderr, "wsload: a frame of more than 64 KiB\n");
        exit(1);
    }
    if (count - start < length)
        return 0;
    switch (head[0] & 0x0f) {
    case opcode_text:
        take_message(socket, listener, bytes + start, length);
        break;
    case opcode_ping:
        send_frame(socket, opcode_pong, bytes + start, length);
        break;
    case opcode_close:
        socket->close_code = length >= 2 ? (unsigned)head[start] << 8 | head[start + 1] : 1005;
        end(socket, listener, "closed");
        break;
    }
    return start + length;
}

/* The answer to the handshake; then the join is sent. */
static size_t take_head(struct socket *socket, const struct listener *listener, const char *bytes, size_t count)
{
    const char *head_end = memmem(bytes, count, "\r\n\r\n", 4);
    if (!head_end)
        return 0;
    if (count < 12 || memcmp(bytes, "HTTP/1.1 101", 12) != 0) {
        end(socket, listener, "handshake");
        return count;
    }
    socket->state = joining;
    send_message(socket, "1", "phx_join", "{}");
    return (size_t)(head_end - bytes) + 4;
}

void socket_read(struct socket *socket, const struct listener *listener)
{
    static char buffer[512 << 10];
    size_t count = socket->rest_count, taken = 0;
    if (count > 0)
        memcpy(buffer, socket->rest, count);
    free(socket->rest);
    socket->rest = NULL;
    socket->rest_count = 0;
    ssize_t got = recv(socket->descriptor, buffer + count, sizeof buffer - count - 1, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        got = 0;
    else if (got <= 0) {
        socket->close_code = 1006;
        end(socket, listener, "cut");
        return;
    }
    count += (size_t)got;
    buffer[count] = 0; /* where strtoull ends at the latest */
    while (taken < count && socket->state != closed) {
        size_t one = socket->state == shaking ? take_head(socket, listener, buffer + taken, count - taken)
                                              : take_frame(socket, listener, buffer + taken, count - taken);
        if (one == 0)
            break;
        taken += one;
    }
    if (taken < count && socket->state != closed) {
        socket->rest_count = count - taken;
        socket->rest = malloc(socket->rest_count);
        if (!socket->rest)
            fail("malloc");
        memcpy(socket->rest, buffer + taken, socket->rest_count);
    }
}
