/* One client of a channel: RFC 6455 and the protocol of Phoenix, version 2, as much of both as a load needs. */
#ifndef WSLOAD_SOCKET_H
#define WSLOAD_SOCKET_H

#include <stddef.h>
#include <stdint.h>

enum state { shaking, joining, joined, closed };

struct socket {
    int descriptor;
    int topic;
    enum state state;
    unsigned close_code; /* of the server's close frame; 1006 without one */
    uint64_t sent_at;    /* when the push that waits for its answer was sent, in nanoseconds; 0: none does */
    char *rest;          /* the part of a frame that has been read */
    size_t rest_count;
};

/* What a socket has received. `number` is the "n" of the payload. */
struct listener {
    void (*on_joined)(struct socket *socket);
    void (*on_reply)(struct socket *socket);
    void (*on_broadcast)(struct socket *socket, uint64_t number);
    /* The connection, or the channel alone (phx_close, phx_error): `what` says which. */
    void (*on_closed)(struct socket *socket, const char *what);
};

/* Connects, and asks for the WebSocket. `number` chooses the address of the client, so that ports do not run out. */
void socket_open(struct socket *socket, int number, unsigned short port, const char *path);

/* Reads what has come. */
void socket_read(struct socket *socket, const struct listener *listener);

/* ["1","2",topic,event,{"n":number}] */
void socket_push(struct socket *socket, const char *event, uint64_t number);

void socket_heartbeat(struct socket *socket);

#endif
