/* holder.c: an app that keeps its loop: /hold answers after the seconds that HOLD_SECONDS says, without letting go. */
#define _POSIX_C_SOURCE 200809L
#include <string.h>
#include <time.h>
#include <zzz.h>

#ifndef HOLD_SECONDS
#define HOLD_SECONDS 2
#endif

static const zzz_http *http;
static zzz_app *self;

static zzz_bytes bytes_of(const char *text) {
    zzz_bytes bytes = {text, strlen(text)};
    return bytes;
}

static void hold(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user, (void)head;
    struct timespec left = {.tv_sec = HOLD_SECONDS};
    while (nanosleep(&left, &left) != 0) {
    }
    zzz_http_response response = {.size = sizeof response, .status = 200, .body = bytes_of("held")};
    http->respond(request, &response, NULL);
}

static zzz_status create(const zzz_host *host, zzz_app *app, void **state, zzz_error *error) {
    (void)error;
    *state = NULL;
    self = app;
    http = host->extension(ZZZ_HTTP_EXTENSION);
    return http != NULL ? ZZZ_OK : ZZZ_ERROR_UNSUPPORTED;
}

static zzz_status enroll(void *state, zzz_error *error) {
    (void)state;
    zzz_route route = {.size = sizeof route, .methods = ZZZ_METHOD_BIT(ZZZ_METHOD_GET)};
    route.pattern = bytes_of("/hold");
    route.source = bytes_of("holder.c");
    route.handler = hold;
    return http->route(self, &route, error);
}

ZZZ_EXPORT const zzz_app_descriptor *zzz_app_entry(void) {
    static const zzz_app_descriptor descriptor = {
        .size = sizeof descriptor,
        .magic = ZZZ_ABI_MAGIC,
        .abi_major = ZZZ_ABI_MAJOR,
        .abi_minor = ZZZ_ABI_MINOR,
        .name = "holder",
        .version = "1",
        .runtime = "C",
        .create = create,
        .enroll = enroll,
    };
    return &descriptor;
}
