/*
 * zzz/websocket.h: extension "zzz.websocket/1": a request becomes a WebSocket (RFC 6455, RFC 7692), whose messages the
 * app handles itself. Channels (zzz/channel.h) need none of this.
 */
#ifndef ZZZ_WEBSOCKET_H
#define ZZZ_WEBSOCKET_H

#include "http.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ZZZ_WEBSOCKET_EXTENSION "zzz.websocket/1"

typedef struct zzz_socket zzz_socket; /* one WebSocket; a handle like those of base.h */

/* zzz_socket_options.flags */
enum {
    ZZZ_SOCKET_COMPRESS = 1,            /* agree to permessage-deflate when the client offers it */
    ZZZ_SOCKET_KEEP_SERVER_CONTEXT = 2, /* with it: some 100 KiB more for each socket that has sent a message */
    ZZZ_SOCKET_KEEP_CLIENT_CONTEXT = 4, /* with it: up to 32 KiB more for each socket that has received one */
    ZZZ_SOCKET_DROP_WHEN_SLOW = 8       /* past queued_bytes messages are dropped; without: closed with 1013 */
};

/* What is agreed on with the client, and the limits. A limit of 0 means the host's. (borrowed) for the call. */
typedef struct zzz_socket_options {
    uint32_t size;
    uint32_t flags;
    uint64_t message_bytes;   /* the longest message from the client, inflated (1009 above it) */
    uint32_t fragments;       /* frames of one message (1009 above it) */
    uint32_t header_count;
    uint64_t queued_bytes;    /* what may wait for a client that reads slowly */
    uint64_t ping_after_ms;   /* a client that has sent nothing for so long is sent a ping */
    uint64_t idle_timeout_ms; /* a client that has sent nothing for so long is closed */
    zzz_bytes subprotocols;   /* "chat.v2, chat.v1": the first that the client offers is taken */
    const zzz_header *headers;/* of the answer 101, besides those of the handshake */
} zzz_socket_options;

/* zzz_socket_event.kind */
enum {
    ZZZ_SOCKET_TEXT = 1,     /* data is UTF-8 */
    ZZZ_SOCKET_BINARY = 2,
    ZZZ_SOCKET_PONG = 3,     /* the answer to a ping of the app's */
    ZZZ_SOCKET_WRITABLE = 4, /* after ZZZ_WAIT: everything that waited has been written */
    ZZZ_SOCKET_CLOSED = 5    /* the last event: the handle is dead when it returns, unless the app has retained it; data
                              * is the reason */
};

typedef struct zzz_socket_event {
    uint32_t size;
    uint16_t kind;
    uint16_t close_code; /* RFC 6455 section 7.4; 1006 when the connection ended without a closing handshake */
    zzz_bytes data;
} zzz_socket_event;

/* [loop] One event; the next one comes when this has returned. (borrowed) for the call. */
typedef void (*zzz_socket_callback)(void *user, zzz_socket *socket, const zzz_socket_event *event);

typedef struct zzz_websocket {
    uint32_t size;
    uint32_t reserved;

    /*
     * [any] Answers 101 and makes the connection a WebSocket; the request has ended then. ZZZ_ERROR_INVALID when the
     * request asks for no WebSocket, or wrongly: the host has answered it (400, 405, 426).
     */
    zzz_status (*accept)(zzz_request *request, const zzz_socket_options *options, zzz_socket_callback callback,
                         void *user, zzz_socket **socket, zzz_error *error);

    /*
     * [any] Sends a message: ZZZ_SOCKET_TEXT, which must be UTF-8, or ZZZ_SOCKET_BINARY; copied. ZZZ_WAIT: taken, but a
     * good part of queued_bytes is waiting: go on at ZZZ_SOCKET_WRITABLE. ZZZ_ERROR_LIMIT: dropped, with
     * ZZZ_SOCKET_DROP_WHEN_SLOW.
     */
    zzz_status (*send)(zzz_socket *socket, uint16_t kind, zzz_bytes data, zzz_error *error);

    /* [any] Asks for a sign of life, with at most 125 bytes. */
    zzz_status (*ping)(zzz_socket *socket, zzz_bytes data, zzz_error *error);

    /* [any] Begins the closing handshake: 1000 to 1003, 1007 to 1014 or 3000 to 4999. ZZZ_SOCKET_CLOSED follows. */
    zzz_status (*close)(zzz_socket *socket, uint16_t code, zzz_bytes reason, zzz_error *error);

    /*
     * [any] No messages for now: the host reads no more from the client until go_on, so that what the app cannot take
     * yet waits at the client. On the loop it holds from this call on; what a call from elsewhere finds on its way
     * still comes. ZZZ_SOCKET_WRITABLE and ZZZ_SOCKET_CLOSED come also while it holds, but an end that lies behind
     * messages is noticed when they have been read.
     */
    zzz_status (*hold)(zzz_socket *socket);
    zzz_status (*go_on)(zzz_socket *socket);

    /*
     * [any] Keeps the handle, and the generation, beyond ZZZ_SOCKET_CLOSED: for work that goes on for the socket, and
     * is a fault of the socket's when it fails (zzz_loop_api takes the handle, cast to zzz_request *). Each retain
     * needs one release. When the socket has closed, all that can be done with the handle is that work, and to
     * release it.
     */
    zzz_status (*retain)(zzz_socket *socket);
    zzz_status (*release)(zzz_socket *socket);
} zzz_websocket;

#ifdef __cplusplus
}
#endif
#endif
