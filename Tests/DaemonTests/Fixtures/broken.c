/*
 * broken.c: an app that cannot be loaded; the macro says why. Without one it is sound, and answers GET /broken.
 */
#include <stdio.h>
#include <string.h>
#include <zzz.h>

static const zzz_http *http;
static zzz_app *self;

#ifdef UNDEFINED_SYMBOL
extern int nobody_defines_this(void);
int use(void);
ZZZ_EXPORT int use(void) { return nobody_defines_this(); }
#endif

#ifdef TRAP_IN_CONSTRUCTOR
__attribute__((constructor)) static void trap_early(void) { __builtin_trap(); }
#endif

static zzz_bytes bytes_of(const char *text) {
    zzz_bytes bytes = {text, strlen(text)};
    return bytes;
}

static void answer(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user, (void)head;
    zzz_http_response response = {.size = sizeof response, .status = 200, .body = bytes_of("sound")};
    http->respond(request, &response, NULL);
}

static zzz_status create(const zzz_host *host, zzz_app *app, void **state, zzz_error *error) {
    (void)state, (void)error;
    http = host->extension(ZZZ_HTTP_EXTENSION);
    self = app;
#ifdef CREATE_FAILS
    snprintf(error->message, sizeof error->message, "no database today");
    return ZZZ_ERROR_APP;
#endif
    return http != NULL ? ZZZ_OK : ZZZ_ERROR_UNSUPPORTED;
}

static zzz_status add(const char *pattern, zzz_error *error) {
    zzz_route route = {.size = sizeof route, .methods = ZZZ_METHOD_BIT(ZZZ_METHOD_GET), .handler = answer};
    route.pattern = bytes_of(pattern);
    route.source = bytes_of("broken.c:1");
    return http->route(self, &route, error);
}

static zzz_status enroll(void *state, zzz_error *error) {
    (void)state;
#ifdef ENROLL_FAILS
    snprintf(error->message, sizeof error->message, "no database today");
    return ZZZ_ERROR_APP;
#endif
#ifdef TRAP
    __builtin_trap();
#endif
#ifdef ENDLESS
    for (volatile int forever = 1; forever;) {}
#endif
#ifdef BAD_PATTERN
    return add("no-slash", error);
#endif
#ifdef DUPLICATE
    if (add("/broken", error) != ZZZ_OK) return ZZZ_ERROR_CONFLICT;
#endif
    return add("/broken", error);
}

static zzz_status start(void *state, zzz_error *error) {
    (void)state, (void)error;
#ifdef START_FAILS
    snprintf(error->message, sizeof error->message, "no database today");
    return ZZZ_ERROR_APP;
#endif
    return ZZZ_OK;
}

#ifndef MAGIC
#define MAGIC ZZZ_ABI_MAGIC
#endif
#ifndef MAJOR
#define MAJOR ZZZ_ABI_MAJOR
#endif
#ifndef MINOR
#define MINOR ZZZ_ABI_MINOR
#endif

#ifdef NO_ENTRY
#define ENTRY somebody_elses_entry
#else
#define ENTRY zzz_app_entry
#endif

ZZZ_EXPORT const zzz_app_descriptor *ENTRY(void);
const zzz_app_descriptor *ENTRY(void) {
#ifdef NULL_DESCRIPTOR
    return NULL;
#endif
    static const zzz_app_descriptor descriptor = {
        .size = sizeof descriptor,
        .magic = MAGIC,
        .abi_major = MAJOR,
        .abi_minor = MINOR,
        .name = "broken",
        .version = "1",
        .runtime = "C",
        .create = create,
        .enroll = enroll,
        .start = start,
    };
    return &descriptor;
}
