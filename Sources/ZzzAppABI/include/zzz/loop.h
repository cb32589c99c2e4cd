/* zzz/loop.h: extension "zzz.loop/1": run something on a loop, later, when a descriptor is ready, or away from the
 * loops. */
#ifndef ZZZ_LOOP_H
#define ZZZ_LOOP_H

#include "app.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ZZZ_LOOP_EXTENSION "zzz.loop/1"

/* [loop] */
typedef void (*zzz_job)(void *user);

/* zzz_loop_api.watch */
enum {
    ZZZ_READABLE = 1,
    ZZZ_WRITABLE = 2,
    ZZZ_HANGUP = 4 /* reported only: an error or the other end has gone */
};
/* [loop] */
typedef void (*zzz_watch_callback)(void *user, int32_t descriptor, uint32_t events);

/*
 * Where a function takes a request, the work is done on behalf of that request: a fault in it is answered as that
 * request's. A socket's handle (zzz/websocket.h), cast to zzz_request *, does as well, but for of_request: a fault ends
 * the socket. NULL: on behalf of the app alone.
 */
typedef struct zzz_loop_api {
    uint32_t size;
    uint32_t reserved;

    /* [any] How many loops there are. */
    uint32_t (*count)(void);

    /* [any] The loop with that number, from 0, or NULL. */
    zzz_loop *(*at)(uint32_t index);

    /* [any] The loop that this thread runs, or NULL elsewhere. */
    zzz_loop *(*current)(void);

    /* [any] The loop that owns the request's connection, or NULL when the request has ended. */
    zzz_loop *(*of_request)(zzz_request *request);

    /* [any] Runs `job` on the loop, soon and in the order posted. ZZZ_ERROR_LIMIT when its mailbox is full. */
    zzz_status (*post)(zzz_app *app, zzz_loop *loop, zzz_request *request, zzz_job job, void *user);

    /*
     * [any] Runs `job` on the loop after a delay, and every `repeat_us` from then on unless that is 0. The timer ends
     * with its last run, with cancel, and with the generation.
     */
    zzz_status (*timer)(zzz_app *app, zzz_loop *loop, zzz_request *request, uint64_t delay_us, uint64_t repeat_us,
                        zzz_job job, void *user, zzz_timer **timer, zzz_error *error);

    /* [any] ZZZ_ERROR_GONE when it has ended. On the timer's own loop: after it returns, the job does not run. */
    zzz_status (*cancel)(zzz_timer *timer);

    /* [loop] Calls back while the descriptor is ready (level-triggered). The app keeps owning the descriptor. */
    zzz_status (*watch)(zzz_app *app, int32_t descriptor, uint32_t events, zzz_watch_callback callback, void *user,
                        zzz_watch **watch, zzz_error *error);
    /* [loop] Before the descriptor is closed. */
    zzz_status (*unwatch)(zzz_watch *watch);

    /*
     * [any] Runs `work` on a thread of the blocking pool, then `done` (unless NULL) on `loop`. ZZZ_ERROR_LIMIT when too
     * much is waiting.
     */
    zzz_status (*blocking)(zzz_app *app, zzz_loop *loop, zzz_request *request, zzz_job work, zzz_job done, void *user,
                           zzz_error *error);

    /* [any] Monotonic time in nanoseconds, as of the loop's current turn when on a loop. */
    uint64_t (*now)(void);
} zzz_loop_api;

#ifdef __cplusplus
}
#endif
#endif
