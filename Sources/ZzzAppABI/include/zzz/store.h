/* zzz/store.h: extension "zzz.store/1": what an app keeps in the daemon's memory: sessions, counters, rate limits,
 * caches. All loops and all generations of the app see the same entries; other apps see none of them. */
#ifndef ZZZ_STORE_H
#define ZZZ_STORE_H

#include "app.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ZZZ_STORE_EXTENSION "zzz.store/1"

/* zzz_store.put and remove: whatever is there. */
#define ZZZ_STORE_ANY 0xFFFFFFFFFFFFFFFF

/* The longest key. */
#define ZZZ_STORE_KEY_MAX_BYTES 1024

/* A token bucket: full at first, and refilled at a steady rate. */
typedef struct zzz_store_bucket {
    uint32_t size;
    uint32_t reserved;
    uint64_t capacity;    /* how many tokens it holds, at least 1 */
    uint64_t interval_ns; /* one token comes back after this, at least 1 */
} zzz_store_bucket;

/* What came of taking tokens. */
typedef struct zzz_store_grant {
    uint32_t size;
    uint32_t allowed;        /* 1: they were taken. 0: nothing has changed. */
    uint64_t remaining;      /* how many are left */
    uint64_t retry_after_ns; /* when there will be as many as were asked for; 0 when allowed */
    uint64_t full_after_ns;  /* when the bucket will be full again */
} zzz_store_grant;

/*
 * An entry has a key of 1 to 1024 bytes, a value, a version, and perhaps a time at which it ends. A version is never 0,
 * and is another after every change: no two values of a key have the same one.
 *
 * The store is a cache: it is bounded ([app.NAME.store] in the daemon's configuration), gives up what was not used for
 * the longest time to make room, and ends with the daemon.
 *
 * Times are relative, in milliseconds, and measured by a clock that is never set; 0: the entry does not end by itself.
 * All functions are [any], never wait for anything, and copy what they are given. ZZZ_ERROR_INVALID: a key that is
 * empty or too long. ZZZ_ERROR_NOT_FOUND: no entry with that key, or it has ended.
 */
typedef struct zzz_store {
    uint32_t size;
    uint32_t reserved;

    /* The value; of a counter, its number as decimal text. version: may be NULL. ZZZ_ERROR_CONFLICT: it is a bucket. */
    zzz_status (*get)(zzz_app *app, zzz_bytes key, zzz_buffer *value, uint64_t *version, zzz_error *error);

    /*
     * Sets the value, if the entry's version is `if_version`: 0, if there is no entry; ZZZ_STORE_ANY, in any case.
     * version, which may be NULL, is the new one. ZZZ_ERROR_CONFLICT: another version. ZZZ_ERROR_LIMIT: too large a
     * value.
     */
    zzz_status (*put)(zzz_app *app, zzz_bytes key, zzz_bytes value, uint64_t expires_in_ms, uint64_t if_version,
                      uint64_t *version, zzz_error *error);

    /* Ends the entry, if its version is `if_version` or that is ZZZ_STORE_ANY. ZZZ_ERROR_CONFLICT: another version. */
    zzz_status (*remove)(zzz_app *app, zzz_bytes key, uint64_t if_version, zzz_error *error);

    /* Lets the entry end at another time. Its version stays. */
    zzz_status (*touch)(zzz_app *app, zzz_bytes key, uint64_t expires_in_ms, zzz_error *error);

    /*
     * Adds to a counter, which begins at 0 and with that time to end when there is none; the time of one that is there
     * stays. A value that is decimal text counts on from there. ZZZ_ERROR_CONFLICT: it is no number. ZZZ_ERROR_LIMIT:
     * the result has more than 64 bits.
     */
    zzz_status (*add)(zzz_app *app, zzz_bytes key, int64_t delta, uint64_t expires_in_ms, int64_t *result,
                      zzz_error *error);

    /*
     * Takes tokens out of a bucket, all or none. There is an entry while the bucket is not full.
     * ZZZ_ERROR_INVALID: more tokens than it ever holds. ZZZ_ERROR_CONFLICT: the entry is no bucket.
     */
    zzz_status (*take)(zzz_app *app, zzz_bytes key, uint64_t tokens, const zzz_store_bucket *bucket,
                       zzz_store_grant *grant, zzz_error *error);

    /* Ends all entries whose keys begin with `prefix`; "" for all. removed, which may be NULL: how many. */
    zzz_status (*remove_prefix)(zzz_app *app, zzz_bytes prefix, uint64_t *removed, zzz_error *error);
} zzz_store;

#ifdef __cplusplus
}
#endif
#endif
