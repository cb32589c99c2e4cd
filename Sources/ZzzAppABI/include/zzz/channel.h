/*
 * zzz/channel.h: extension "zzz.channel/1": channels in the protocol of Phoenix, versions 1 and 2.
 *
 * The daemon owns sockets, topics and the protocol; an app has a callback for each kind of channel. A client joins a
 * topic on its socket: that is a channel, and it outlives the app's code. When the app is replaced, the host asks each
 * channel for its state, and joins it in the new generation with that, with the parameters of its first join and with
 * what the socket was accepted with; the client does not notice.
 */
#ifndef ZZZ_CHANNEL_H
#define ZZZ_CHANNEL_H

#include "websocket.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ZZZ_CHANNEL_EXTENSION "zzz.channel/1"

typedef struct zzz_channel zzz_channel; /* one topic that one client has joined; a handle like those of base.h */

/* zzz_channel_event.kind */
enum {
    ZZZ_CHANNEL_JOIN = 1,      /* payload: the client's parameters. Answered with `join`, now or later */
    ZZZ_CHANNEL_MESSAGE = 2,   /* from the client; `reply` answers it when ref is not empty */
    ZZZ_CHANNEL_BROADCAST = 3, /* one of the definition's intercepted events was broadcast on the topic: nothing is
                                  sent to the client but what the app pushes */
    ZZZ_CHANNEL_INFO = 4,      /* on a topic that the channel subscribed to */
    ZZZ_CHANNEL_HAND_OVER = 5, /* the app is being replaced: call `hand_over`, or do nothing for a fresh join */
    ZZZ_CHANNEL_TERMINATE = 6  /* the last event: the handle is dead when it has been handled */
};

/* Flags of payloads, of events and of calls. */
enum {
    ZZZ_CHANNEL_BINARY = 1, /* the payload is bytes, which version 2 of the protocol has; without: JSON */
    ZZZ_CHANNEL_MOVED = 2,  /* ZZZ_CHANNEL_JOIN: the client has joined already, in the generation before */
    ZZZ_CHANNEL_FROM = 4    /* broadcast: to all but the channel itself */
};

/* zzz_channel_event.reason of ZZZ_CHANNEL_TERMINATE */
enum {
    ZZZ_CHANNEL_LEFT = 1,    /* the client left, or joined the topic again */
    ZZZ_CHANNEL_CLOSED = 2,  /* the socket has gone */
    ZZZ_CHANNEL_STOPPED = 3, /* by `stop` */
    ZZZ_CHANNEL_REPLACED = 4,/* the channel goes on in the next generation */
    ZZZ_CHANNEL_SHUTDOWN = 5,/* the app is unloaded, or the daemon ends */
    ZZZ_CHANNEL_REFUSED = 6, /* the app refused the join */
    ZZZ_CHANNEL_FAILED = 7   /* its callback failed, or took too long */
};

/* (borrowed) for the call. */
typedef struct zzz_channel_event {
    uint32_t size;
    uint16_t kind;
    uint16_t flags;
    uint32_t reason;
    uint32_t state_version;
    zzz_bytes topic;        /* the channel's; ZZZ_CHANNEL_INFO: the one that was subscribed to */
    zzz_bytes event;
    zzz_bytes payload;
    zzz_bytes ref;          /* what `reply` wants back; empty when the client wants no reply */
    zzz_bytes socket_id;    /* zzz_channel_socket.id */
    zzz_bytes socket_state; /* zzz_channel_socket.state */
    zzz_bytes state;        /* ZZZ_CHANNEL_JOIN with ZZZ_CHANNEL_MOVED: what `hand_over` gave; empty: nothing */
    void *channel_user;     /* what `join` gave; NULL before */
} zzz_channel_event;

/*
 * [loop] Handles one event of one channel. ZZZ_OK: it has been handled. ZZZ_WAIT: it goes on, and calls `done` once, on
 * any thread. The channel's next event comes after that. Anything else ends the channel with phx_error.
 */
typedef zzz_status (*zzz_channel_callback)(void *user, zzz_channel *channel, const zzz_channel_event *event);

typedef struct zzz_channel_definition {
    uint32_t size;
    uint32_t intercept_count;
    zzz_bytes pattern;           /* "room:lobby", or with a '*' at its end "room:*"; the first that matches is taken */
    zzz_bytes source;            /* where it is written, for messages */
    zzz_channel_callback callback;
    void *user;                  /* handed back as it is */
    const zzz_bytes *intercepts; /* events that come as ZZZ_CHANNEL_BROADCAST */
    uint64_t timeout_ms;         /* how long an event may take to be handled; 0: the app's request timeout */
    uint32_t messages_per_second;/* from one client to one channel; 0: no limit */
    uint32_t reserved;
} zzz_channel_definition;

/* How a client's socket is accepted. A limit of 0 means the host's. (borrowed) for the call. */
typedef struct zzz_channel_socket {
    uint32_t size;
    uint32_t channels;           /* that the client may have joined at once */
    zzz_bytes version;           /* the query parameter vsn; empty: "1.0.0" */
    zzz_bytes id;                /* for `disconnect`; may be empty */
    zzz_bytes state;             /* what the app wants to know of the socket at each join; copied */
    uint32_t messages_per_second;/* from the client, over all its channels */
    uint32_t reserved;
    const zzz_socket_options *options; /* NULL: the host's */
} zzz_channel_socket;

typedef struct zzz_channel_api {
    uint32_t size;
    uint32_t reserved;

    /* [load] Adds a kind of channel. */
    zzz_status (*define)(zzz_app *app, const zzz_channel_definition *definition, zzz_error *error);

    /*
     * [any] Makes the request a socket of channels: it has been answered then. ZZZ_ERROR_INVALID: the request is no
     * right WebSocket handshake, or asks for a version that is not spoken here; the host has answered it.
     */
    zzz_status (*accept)(zzz_request *request, const zzz_channel_socket *socket, zzz_error *error);

    /*
     * [any] The same over long polling, the transport of clients that can't open WebSockets: one GET or POST of such a
     * client. The body of a POST must be complete. With `socket` NULL the request goes on with the session that it
     * names, or is told that this is gone; ZZZ_ERROR_NOT_FOUND, and nothing is answered, when it names none: then the
     * app decides, as for `accept`, and calls again with `socket`, which makes a session.
     */
    zzz_status (*poll)(zzz_request *request, const zzz_channel_socket *socket, zzz_error *error);

    /*
     * [any] Answers ZZZ_CHANNEL_JOIN. `status` ZZZ_OK: joined, and channel_user comes with each event from now on; else
     * refused. `response` is JSON, or empty for {}. For a channel that moved nothing is sent but when it is refused:
     * phx_error, and the client joins by itself.
     */
    zzz_status (*join)(zzz_channel *channel, zzz_status status, zzz_bytes response, void *channel_user,
                       zzz_error *error);

    /* [any] Answers a message. `status` is "ok", "error" or a word of the app's. flags: ZZZ_CHANNEL_BINARY. */
    zzz_status (*reply)(zzz_channel *channel, zzz_bytes ref, zzz_bytes status, zzz_bytes payload, uint32_t flags,
                        zzz_error *error);

    /* [any] Sends an event to the channel's client. flags: ZZZ_CHANNEL_BINARY. */
    zzz_status (*push)(zzz_channel *channel, zzz_bytes event, zzz_bytes payload, uint32_t flags, zzz_error *error);

    /* [any] Sends an event to all that have joined the channel's topic. flags: ZZZ_CHANNEL_BINARY, ZZZ_CHANNEL_FROM. */
    zzz_status (*broadcast)(zzz_channel *channel, zzz_bytes event, zzz_bytes payload, uint32_t flags,
                            zzz_error *error);

    /* [any] Events of that topic come as ZZZ_CHANNEL_INFO; kept when the app is replaced. Flags as in zzz/pubsub.h. */
    zzz_status (*subscribe)(zzz_channel *channel, zzz_bytes topic, uint32_t flags, zzz_error *error);
    zzz_status (*unsubscribe)(zzz_channel *channel, zzz_bytes topic, uint32_t flags, zzz_error *error);

    /* [any] Ends the channel: phx_close with {}, after which the client does not join again. */
    zzz_status (*stop)(zzz_channel *channel);

    /* [any] The event whose callback returned ZZZ_WAIT has been handled; `outcome` as the callback's status. */
    zzz_status (*done)(zzz_channel *channel, zzz_status outcome);

    /* [any] In ZZZ_CHANNEL_HAND_OVER: what the next generation gets, with the version of its format; copied. */
    zzz_status (*hand_over)(zzz_channel *channel, uint32_t version, zzz_bytes state, zzz_error *error);

    /* [any] Closes every socket of the app's with that id (1001: its clients connect again). */
    zzz_status (*disconnect)(zzz_app *app, zzz_bytes id, zzz_error *error);
} zzz_channel_api;

#ifdef __cplusplus
}
#endif
#endif
