/*
 * zzz/app.h: how the daemon finds an app in a shared library, and the app's life.
 *
 * An app exports one function, zzz_app_entry. It has no side effects, so that `zzzctl inspect app.so` can read it.
 *
 *   entry -> create -> enroll -> start -> running -> quiesce -> stop
 *
 * Any failure before start has returned leaves the generation that runs now untouched.
 */
#ifndef ZZZ_APP_H
#define ZZZ_APP_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct zzz_host zzz_host;

/* What the host offers. (borrowed) for the life of the process. */
struct zzz_host {
    uint32_t size;
    uint16_t abi_major;
    uint16_t abi_minor;
    const char *version; /* of the daemon: "0.1.0" */

    /*
     * [any] The extension with that name and revision, or NULL: "zzz.http/1" is a `const zzz_http *`.
     * (borrowed) for the life of the process.
     */
    const void *(*extension)(const char *name);
};

typedef struct zzz_app_descriptor {
    uint32_t size;
    uint32_t magic;      /* ZZZ_ABI_MAGIC */
    uint16_t abi_major;  /* ZZZ_ABI_MAJOR of the headers it was built with: must equal the host's */
    uint16_t abi_minor;  /* must be <= the host's */
    uint32_t reserved;
    const char *name;    /* for people; the daemon names an app after its file */
    const char *version; /* for people: "2.3.1" */
    const char *runtime; /* what it was built with: "Swift 6.3", "C" */

    /*
     * Makes the app's state; no threads, no files, no sockets yet. `state` is what every later callback gets.
     * On the host's deployment thread, or in a throwaway process that validates the file.
     */
    zzz_status (*create)(const zzz_host *host, zzz_app *app, void **state, zzz_error *error);

    /* Registers routes through the extensions. Frozen and checked for conflicts when it returns. */
    zzz_status (*enroll)(void *state, zzz_error *error);

    /* The app is accepted and about to receive requests: open what it needs. NULL: nothing to do. */
    zzz_status (*start)(void *state, zzz_error *error);

    /* No new requests come; those in flight go on. NULL: nothing to do. */
    void (*quiesce)(void *state);

    /* The last call: nothing of this generation is in flight any more. The image stays mapped. NULL: nothing to do. */
    void (*stop)(void *state);

    /* [any] An extension that the app offers to the host, or NULL. NULL when it offers none. */
    const void *(*extension)(const char *name);
} zzz_app_descriptor;

/* The one symbol that an app exports. (borrowed) for the life of the process, constant. */
ZZZ_EXPORT const zzz_app_descriptor *zzz_app_entry(void);
typedef const zzz_app_descriptor *(*zzz_app_entry_function)(void);
#define ZZZ_APP_ENTRY_SYMBOL "zzz_app_entry"

#ifdef __cplusplus
}
#endif
#endif
