/*
 * corrupt.c: an app that destroys the heap of the process, as a bug in C can. Nothing in the process can contain that.
 */
#include <stdlib.h>
#include <string.h>
#include <zzz.h>

static const zzz_http *http;
static zzz_app *self;

static zzz_bytes bytes_of(const char *text) {
    zzz_bytes bytes = {text, strlen(text)};
    return bytes;
}

/* Writes over the allocator's own words before a block, and frees it: glibc notices and aborts, or reads nowhere. */
static void heap(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user, (void)head;
    char *volatile block = malloc(5000);
    for (int back = 1; back <= 16; back++) ((volatile char *)block)[-back] = 0x41;
    free(block);
    zzz_http_response response = {.size = sizeof response, .status = 200, .body = bytes_of("survived")};
    http->respond(request, &response, NULL);
}

static zzz_status create(const zzz_host *host, zzz_app *app, void **state, zzz_error *error) {
    (void)state, (void)error;
    http = host->extension(ZZZ_HTTP_EXTENSION);
    self = app;
    return http != NULL ? ZZZ_OK : ZZZ_ERROR_UNSUPPORTED;
}

static zzz_status enroll(void *state, zzz_error *error) {
    (void)state;
    zzz_route route = {.size = sizeof route, .methods = ZZZ_METHOD_BIT(ZZZ_METHOD_GET), .handler = heap};
    route.pattern = bytes_of("/heap");
    return http->route(self, &route, error);
}

ZZZ_EXPORT const zzz_app_descriptor *zzz_app_entry(void);
const zzz_app_descriptor *zzz_app_entry(void) {
    static const zzz_app_descriptor descriptor = {
        .size = sizeof descriptor,
        .magic = ZZZ_ABI_MAGIC,
        .abi_major = ZZZ_ABI_MAJOR,
        .abi_minor = ZZZ_ABI_MINOR,
        .name = "corrupt",
        .version = "1",
        .runtime = "C",
        .create = create,
        .enroll = enroll,
    };
    return &descriptor;
}
