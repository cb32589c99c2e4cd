/*
 * zzz/presence.h: extension "zzz.presence/1": who is in a topic, with what they say of themselves. Clients get
 * presence_state from the app, after their join, and presence_diff from the host.
 */
#ifndef ZZZ_PRESENCE_H
#define ZZZ_PRESENCE_H

#include "channel.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ZZZ_PRESENCE_EXTENSION "zzz.presence/1"

/*
 * [loop] A difference of a topic, {"joins": ..., "leaves": ...}, in the place of presence_diff: the app adds to it what
 * it knows, and broadcasts it. (borrowed) for the call.
 */
typedef void (*zzz_presence_callback)(void *user, zzz_bytes topic, zzz_bytes difference);

typedef struct zzz_presence {
    uint32_t size;
    uint32_t reserved;

    /*
     * [any] Says that the channel is present in its topic under `key` (a user's id, say) with `meta`, a JSON object. It
     * ends with untrack and with the channel, and is kept when the app is replaced. ZZZ_ERROR_CONFLICT: tracked under
     * that key already.
     */
    zzz_status (*track)(zzz_channel *channel, zzz_bytes key, zzz_bytes meta, zzz_error *error);
    /* [any] Replaces meta. ZZZ_ERROR_NOT_FOUND: not tracked under that key. */
    zzz_status (*update)(zzz_channel *channel, zzz_bytes key, zzz_bytes meta, zzz_error *error);
    zzz_status (*untrack)(zzz_channel *channel, zzz_bytes key, zzz_error *error);

    /* [any] {key: {"metas": [{"phx_ref": ..., ...}, ...]}, ...} of the app's topic. See zzz_buffer. */
    zzz_status (*list)(zzz_app *app, zzz_bytes topic, zzz_buffer *state, zzz_error *error);

    /* [load] Differences of the app's topics that match the pattern ("room:*") go through the app. */
    zzz_status (*on_difference)(zzz_app *app, zzz_bytes pattern, zzz_presence_callback callback, void *user,
                                zzz_error *error);

    /*
     * [any] The meta that the channel is present with under `key`, as the app gave it. See zzz_buffer.
     * ZZZ_ERROR_NOT_FOUND: not tracked under that key. This and `exchange` wait for the channel's loop elsewhere.
     */
    zzz_status (*meta)(zzz_channel *channel, zzz_bytes key, zzz_buffer *meta, zzz_error *error);

    /*
     * [any] Replaces meta where it is `expected` still, to the byte. ZZZ_ERROR_CONFLICT: it has been updated meanwhile.
     * ZZZ_ERROR_NOT_FOUND: not tracked under that key.
     */
    zzz_status (*exchange)(zzz_channel *channel, zzz_bytes key, zzz_bytes expected, zzz_bytes meta, zzz_error *error);
} zzz_presence;

#ifdef __cplusplus
}
#endif
#endif
