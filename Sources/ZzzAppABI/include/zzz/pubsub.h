/*
 * zzz/pubsub.h: extension "zzz.pubsub/1": messages by topic, across the loops of the daemon and, where an app wants it,
 * across apps.
 */
#ifndef ZZZ_PUBSUB_H
#define ZZZ_PUBSUB_H

#include "loop.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ZZZ_PUBSUB_EXTENSION "zzz.pubsub/1"
#define ZZZ_TOPIC_MAXIMUM_BYTES 255
#define ZZZ_EVENT_MAXIMUM_BYTES 255

typedef struct zzz_subscription zzz_subscription; /* a handle like those of base.h */

/* Flags of subscribe and broadcast. */
enum {
    ZZZ_PUBSUB_BINARY = 1, /* as ZZZ_CHANNEL_BINARY */
    ZZZ_PUBSUB_SHARED = 2  /* a topic of all apps; without: of this app, in all its generations */
};

/* (borrowed) for the call. */
typedef struct zzz_message {
    uint32_t size;
    uint32_t flags;
    zzz_bytes topic;
    zzz_bytes event;
    zzz_bytes payload;
} zzz_message;

/* [loop] On the loop that was subscribed for. */
typedef void (*zzz_message_callback)(void *user, const zzz_message *message);

typedef struct zzz_pubsub {
    uint32_t size;
    uint32_t reserved;

    /*
     * [any] From now on `callback` gets what is broadcast on the topic, on `loop`, in the order of each sender. Twice
     * subscribed is twice delivered. It ends with unsubscribe and with the generation.
     */
    zzz_status (*subscribe)(zzz_app *app, zzz_loop *loop, zzz_bytes topic, uint32_t flags,
                            zzz_message_callback callback, void *user, zzz_subscription **subscription,
                            zzz_error *error);

    /* [any] On the subscription's own loop the callback does not run after it returns. ZZZ_ERROR_GONE: it has ended. */
    zzz_status (*unsubscribe)(zzz_subscription *subscription);

    /*
     * [any] Sends to the topic's subscribers, and to the clients of the channels joined to it. `payload` is JSON unless
     * ZZZ_PUBSUB_BINARY says otherwise; copied once, whoever gets it.
     */
    zzz_status (*broadcast)(zzz_app *app, zzz_bytes topic, zzz_bytes event, zzz_bytes payload, uint32_t flags,
                            zzz_error *error);
} zzz_pubsub;

#ifdef __cplusplus
}
#endif
#endif
