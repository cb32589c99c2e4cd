/* zzz/log.h: extension "zzz.log/1": the daemon's log, with the app's name, generation and request id added. */
#ifndef ZZZ_LOG_H
#define ZZZ_LOG_H

#include "app.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ZZZ_LOG_EXTENSION "zzz.log/1"

enum {
    ZZZ_LOG_TRACE = 0,
    ZZZ_LOG_DEBUG = 1,
    ZZZ_LOG_INFO = 2,
    ZZZ_LOG_NOTICE = 3,
    ZZZ_LOG_WARNING = 4,
    ZZZ_LOG_ERROR = 5,
    ZZZ_LOG_CRITICAL = 6
};

typedef struct zzz_log_field {
    zzz_bytes name;  /* letters, digits and '_'; anything else becomes '_' */
    zzz_bytes value;
} zzz_log_field;

typedef struct zzz_log_record {
    uint32_t size;
    uint32_t level;
    zzz_bytes message;     /* at most 8 KiB are kept */
    const zzz_log_field *fields;
    uint32_t field_count;  /* at most 32 are kept */
    uint32_t line;         /* 0: not known */
    zzz_bytes file;        /* "": not known */
    zzz_request *request;  /* NULL: none */
} zzz_log_record;

typedef struct zzz_log {
    uint32_t size;
    uint32_t reserved;

    /* [any] The least level that is written for this app now: cheaper than building a message nobody reads. */
    uint32_t (*level)(zzz_app *app);

    /* [any] Never blocks; everything is copied. ZZZ_ERROR_LIMIT: dropped and counted, since the log cannot keep up. */
    zzz_status (*write)(zzz_app *app, const zzz_log_record *record);
} zzz_log;

#ifdef __cplusplus
}
#endif
#endif
