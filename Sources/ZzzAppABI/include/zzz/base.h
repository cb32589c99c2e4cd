/*
 * zzz/base.h: the words of the contract: bytes, statuses, errors, handles.
 *
 * Tags on functions, everywhere in these headers:
 *   thread     [load]  only inside zzz_app_descriptor.create and .enroll, on the thread that called them
 *              [loop]  only on the thread that runs the loop, inside a call the host made
 *              [any]   on any thread
 *   ownership  (borrowed)  valid until the call returns, or as long as the text says; never freed by the receiver
 *              (owned)     the receiver frees it with the function that the text names
 *   state      what must hold before the call; otherwise it returns the status named there, and nothing has happened
 *
 * Growth: every struct begins with `uint32_t size`, set by whoever fills it to sizeof at its own compile time, and only
 * grows at its end. A reader looks at a field only when `size` reaches past it. New functions come at the end of an
 * extension's table or as a new extension.
 */
#ifndef ZZZ_BASE_H
#define ZZZ_BASE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ZZZ_ABI_MAGIC UINT32_C(0x215A5A5A) /* "ZZZ!" in memory on little-endian machines */
#define ZZZ_ABI_MAJOR 1
#define ZZZ_ABI_MINOR 0
#define ZZZ_ABI_LABEL "1.0-draft"

#if defined(__GNUC__)
#define ZZZ_EXPORT __attribute__((visibility("default")))
#else
#define ZZZ_EXPORT
#endif

/* Whether `field` lies inside the struct that its filler knew. */
#define ZZZ_HAS(pointer, type, field) \
    ((pointer)->size >= offsetof(type, field) + sizeof((pointer)->field))

/* Bytes that somebody else owns. data may be NULL when count is 0. Not zero-terminated. */
typedef struct zzz_bytes {
    const char *data;
    size_t count;
} zzz_bytes;

/*
 * Room for a result, which the caller provides. The callee sets count to the size of the whole result; when that is
 * more than capacity, it has written nothing, and the call is made again with more room. data may be NULL when capacity
 * is 0.
 */
typedef struct zzz_buffer {
    char *data;
    size_t capacity;
    size_t count;
} zzz_buffer;

/* The outcome of a call: 0 is success, positive values are success with a remark, negative values are refusals. */
typedef int32_t zzz_status;
enum {
    ZZZ_OK = 0,
    ZZZ_WAIT = 1,              /* done, but the buffer is above its high-water mark: wait for on_writable */
    ZZZ_ERROR_INVALID = -1,    /* an argument is malformed; the error says which */
    ZZZ_ERROR_STATE = -2,      /* not in this state: a second response, a registration after load */
    ZZZ_ERROR_GONE = -3,       /* the request, loop, timer or watch behind the handle has ended */
    ZZZ_ERROR_THREAD = -4,     /* a [loop] or [load] function called from elsewhere */
    ZZZ_ERROR_LIMIT = -5,      /* a limit of the host's was reached; the error names it */
    ZZZ_ERROR_CONFLICT = -6,   /* the name, route or resource is taken; the error names the owner */
    ZZZ_ERROR_UNSUPPORTED = -7,/* this host does not have it */
    ZZZ_ERROR_NOT_FOUND = -8,
    ZZZ_ERROR_IO = -9,         /* a system call failed; the error quotes it */
    ZZZ_ERROR_APP = -10        /* for the app's own failures, from its callbacks */
};

#define ZZZ_ERROR_MESSAGE_BYTES 504

/* Filled by the callee when it returns a negative status. The caller provides it, and sets size; NULL: not interested.
 * */
typedef struct zzz_error {
    uint32_t size;
    zzz_status status;
    char message[ZZZ_ERROR_MESSAGE_BYTES]; /* UTF-8, zero-terminated, cut at the end when too long */
} zzz_error;

/*
 * Handles. All are opaque: an app compares them with NULL and with each other, and nothing else. The host recognises a
 * handle whose object has ended, and answers ZZZ_ERROR_GONE.
 */
typedef struct zzz_app zzz_app;         /* this app, in this generation */
typedef struct zzz_request zzz_request; /* one request and its response */
typedef struct zzz_loop zzz_loop;       /* one event loop of the daemon */
typedef struct zzz_timer zzz_timer;
typedef struct zzz_watch zzz_watch;

#ifdef __cplusplus
}
#endif
#endif
