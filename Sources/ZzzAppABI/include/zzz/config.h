/* zzz/config.h: extension "zzz.config/1": the app's own table, [app.NAME] settings = {...} in the daemon's
 * configuration. */
#ifndef ZZZ_CONFIG_H
#define ZZZ_CONFIG_H

#include "app.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ZZZ_CONFIG_EXTENSION "zzz.config/1"

/*
 * A generation sees the table as it was when the generation was made. `key` is a path: "mail.from", "servers.0.port".
 * All are [any]; what they return is (borrowed) for the life of the generation.
 * ZZZ_ERROR_NOT_FOUND: no such key. ZZZ_ERROR_INVALID: another type; the error says which.
 */
typedef struct zzz_config {
    uint32_t size;
    uint32_t reserved;

    zzz_status (*string)(zzz_app *app, zzz_bytes key, zzz_bytes *value, zzz_error *error);
    zzz_status (*integer)(zzz_app *app, zzz_bytes key, int64_t *value, zzz_error *error);
    zzz_status (*number)(zzz_app *app, zzz_bytes key, double *value, zzz_error *error);
    zzz_status (*boolean)(zzz_app *app, zzz_bytes key, int32_t *value, zzz_error *error);

    /* How many keys a table, or items an array, has. */
    zzz_status (*count)(zzz_app *app, zzz_bytes key, uint32_t *value, zzz_error *error);

    /* The name of the table's key at that place, from 0, in the order of the file. */
    zzz_status (*key_at)(zzz_app *app, zzz_bytes key, uint32_t index, zzz_bytes *value, zzz_error *error);

    /* The value below `key` ("" for the whole table) as JSON text. */
    zzz_status (*json)(zzz_app *app, zzz_bytes key, zzz_bytes *value, zzz_error *error);

    /* The app's name, the directory that it may write to ("" when the daemon has none), and the generation's number. */
    zzz_bytes (*name)(zzz_app *app);
    zzz_bytes (*state_directory)(zzz_app *app);
    uint64_t (*generation)(zzz_app *app);
} zzz_config;

#ifdef __cplusplus
}
#endif
#endif
