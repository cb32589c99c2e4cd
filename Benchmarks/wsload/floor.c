/*
 * floor.c: the least that a single-threaded server of wsload's channels can do, to measure against: floor PORT
 *
 * Over epoll, level-triggered: it knows the load's messages by a word in them, keeps no topics (a broadcast goes to all
 * clients), and answers what one read brought with one write. What is broadcast is sent when nothing more has come, one
 * write for each client. It is neither a correct WebSocket nor meant to be.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { batch = 256, read_bytes = 1 << 16, descriptors = 65536, output_bytes = 4000 };

struct client {
    int descriptor, is_shaken, queued;
    char output[output_bytes];
};

static struct client *clients[descriptors];
static int client_count;

static void fail(const char *operation)
{
    perror(operation);
    exit(1);
}

static int listen_on(unsigned short port)
{
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (descriptor < 0 || setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
        fail("socket");
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0)
        fail("bind");
    if (listen(descriptor, 4096) != 0)
        fail("listen");
    return descriptor;
}

static void watch(int epoll, int descriptor, struct client *client)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0)
        fail("epoll_ctl");
}

static void accept_all(int epoll, int listener)
{
    int descriptor, on = 1;
    while ((descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct client *client = calloc(1, sizeof *client);
        if (!client || client_count == descriptors)
            fail("accept");
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        client->descriptor = descriptor;
        clients[client_count++] = client;
        watch(epoll, descriptor, client);
    }
}

/* The load reads fast enough that the kernel's buffer takes it all. */
static void flush(struct client *client)
{
    if (client->queued > 0 && send(client->descriptor, client->output, (size_t)client->queued, MSG_NOSIGNAL) < 0 &&
        errno != EPIPE && errno != ECONNRESET)
        fail("send");
    client->queued = 0;
}

static void flush_all(void)
{
    for (int i = 0; i < client_count; i++)
        flush(clients[i]);
}

static void queue(struct client *client, const char *bytes, int count)
{
    if (client->queued + count > output_bytes)
        flush(client);
    memcpy(client->output + client->queued, bytes, (size_t)count);
    client->queued += count;
}

/* A text frame of less than 126 bytes: its length. */
static int frame(char *bytes, size_t capacity, const char *event, const char *payload)
{
    int count = snprintf(bytes + 2, capacity - 2, "[\"1\",\"2\",\"bench:0\",\"%s\",%s]", event, payload);
    bytes[0] = (char)0x81;
    bytes[1] = (char)count;
    return count + 2;
}

/* One message. Returns 1 for one that was broadcast. */
static int handle(struct client *client, const char *text, int count)
{
    char bytes[128], payload[64];
    const char *number = memmem(text, (size_t)count, "\"n\":", 4);
    if (!number || memmem(text, (size_t)count, "\"echo\"", 6)) {
        queue(client, bytes, frame(bytes, sizeof bytes, "phx_reply", "{\"status\":\"ok\",\"response\":{\"n\":0}}"));
        return 0;
    }
    snprintf(payload, sizeof payload, "{\"n\":%llu}", strtoull(number + 4, NULL, 10));
    int length = frame(bytes, sizeof bytes, "shout", payload);
    for (int i = 0; i < client_count; i++)
        queue(clients[i], bytes, length);
    return 1;
}

/* The masked frames of one read, each shorter than 126 bytes. */
static int take_frames(struct client *client, char *bytes, int count)
{
    int has_broadcast = 0;
    for (int at = 0; at + 6 <= count;) {
        int length = bytes[at + 1] & 0x7f;
        char *mask = bytes + at + 2, *text = mask + 4;
        if (length > 125 || at + 6 + length > count)
            break;
        for (int i = 0; i < length; i++)
            text[i] ^= mask[i & 3];
        has_broadcast |= handle(client, text, length);
        at += 6 + length;
    }
    return has_broadcast;
}

/* A handshake, or the request by which the benchmark learns that this server is ready. */
static void answer_head(struct client *client, const char *head, int count)
{
    static const char accepted[] =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    static const char ready[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    client->is_shaken = memmem(head, (size_t)count, "websocket", 9) != NULL;
    queue(client, client->is_shaken ? accepted : ready, (int)strlen(client->is_shaken ? accepted : ready));
}

static void drop(struct client *client)
{
    close(client->descriptor);
    for (int i = 0; i < client_count; i++)
        if (clients[i] == client)
            clients[i] = clients[--client_count];
    free(client);
}

/* Returns 1 when something was broadcast, which waits to be sent. */
static int read_from(struct client *client)
{
    static char bytes[read_bytes];
    ssize_t count = read(client->descriptor, bytes, sizeof bytes);
    int has_broadcast = 0;
    if (count < 0 && errno == EAGAIN)
        return 0;
    if (count <= 0) {
        drop(client);
        return 0;
    }
    if (!client->is_shaken) {
        answer_head(client, bytes, (int)count);
    } else {
        has_broadcast = take_frames(client, bytes, (int)count);
    }
    if (!has_broadcast)
        flush(client);
    return has_broadcast;
}

int main(int argc, char **argv)
{
    struct epoll_event events[batch];
    if (argc != 2) {
        fprintf(stderr, "usage: floor PORT\n");
        return 2;
    }
    int listener = listen_on((unsigned short)atoi(argv[1])), epoll = epoll_create1(EPOLL_CLOEXEC), is_queued = 0;
    watch(epoll, listener, NULL);
    for (;;) {
        int ready = epoll_wait(epoll, events, batch, is_queued ? 0 : -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr)
                is_queued |= read_from(events[i].data.ptr);
            else
                accept_all(epoll, listener);
        }
        if (ready == 0) {
            flush_all();
            is_queued = 0;
        }
    }
}
