/*
 * floor.c: the least that a single-threaded HTTP/1.1 server can do, to measure against: floor PORT
 *
 * Keep-alive and pipelining over epoll, level-triggered, no parsing but the search for the blank line that ends a head;
 * the same fixed response for each, and one write for all that one read brought. It is not correct HTTP, and not meant
 * to be.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static const char response[] =
    "HTTP/1.1 200 OK\r\n"
    "Date: Sun, 01 Mar 2026 12:00:00 GMT\r\n"
    "Content-Type: text/plain\r\n"
    "Content-Length: 13\r\n"
    "\r\n"
    "Hello, World!";
enum { response_bytes = sizeof response - 1, batch = 256, read_bytes = 16384, descriptors = 65536 };

/* How many bytes of "\r\n\r\n" each descriptor has seen at the end of its last read. */
static unsigned char matched[descriptors];
static char responses[batch * response_bytes];

static void fail(const char *operation) {
    perror(operation);
    exit(1);
}

static int listen_on(unsigned short port) {
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (descriptor < 0 || setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) fail("socket");
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0) fail("bind");
    if (listen(descriptor, 4096) != 0) fail("listen");
    return descriptor;
}

static void watch(int epoll, int descriptor) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0) fail("epoll_ctl");
}

static void accept_all(int epoll, int listener) {
    for (;;) {
        int descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) return;
        if (descriptor >= descriptors) {
            close(descriptor);
            continue;
        }
        int on = 1;
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        matched[descriptor] = 0;
        watch(epoll, descriptor);
    }
}

/* How many heads end in these bytes. */
static int count_heads(int descriptor, const char *bytes, ssize_t count) {
    static const char end[] = "\r\n\r\n";
    unsigned char state = matched[descriptor];
    int heads = 0;
    for (ssize_t i = 0; i < count; i++) {
        if (bytes[i] == end[state]) {
            if (++state == 4) {
                heads++;
                state = 0;
            }
        } else {
            state = bytes[i] == '\r';
        }
    }
    matched[descriptor] = state;
    return heads;
}

static void serve(int descriptor) {
    static char buffer[read_bytes];
    ssize_t count = read(descriptor, buffer, sizeof buffer);
    if (count <= 0) {
        close(descriptor);
        return;
    }
    for (int heads = count_heads(descriptor, buffer, count); heads > 0;) {
        int now = heads < batch ? heads : batch;
        if (write(descriptor, responses, (size_t)now * response_bytes) < 0) {
            close(descriptor);
            return;
        }
        heads -= now;
    }
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: floor PORT\n");
        return 2;
    }
    for (int i = 0; i < batch; i++) memcpy(responses + i * response_bytes, response, response_bytes);
    int listener = listen_on((unsigned short)atoi(argv[1]));
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) fail("epoll_create1");
    watch(epoll, listener);
    for (;;) {
        struct epoll_event events[256];
        int ready = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.fd == listener) accept_all(epoll, listener);
            else serve(events[i].data.fd);
        }
    }
}
