/*
 * hello-c: a whole Zzz app in plain C. It answers GET / with a line of text.
 *
 *   cc -std=c11 -O2 -fPIC -shared -fvisibility=hidden -I Sources/ZzzAppABI/include -o hello-c.so apps/hello-c/hello.c
 */
#include <stdlib.h>
#include <string.h>

#include "zzz.h"

/* The bytes of a string literal. */
#define BYTES(literal) {literal, sizeof(literal) - 1}

/* The app's state, one for each generation: what `create` makes, and what every later callback gets. */
typedef struct hello {
    zzz_app *app;
    const zzz_http *http;
} hello;

static zzz_status fail(zzz_error *error, zzz_status status, const char *message)
{
    if (error) {
        error->status = status;
        strncpy(error->message, message, sizeof error->message - 1);
        error->message[sizeof error->message - 1] = '\0';
    }
    return status;
}

/* GET /, on the thread of the loop that owns the connection. `user` is zzz_route.user: the state. */
static void greet(void *user, zzz_request *request, const zzz_http_request *head)
{
    static const zzz_http_response response = {
        .size = sizeof(zzz_http_response),
        .status = 200,
        .content_type = BYTES("text/plain; charset=utf-8"),
        .body = BYTES("Hello from Zzz, in C\n"),
    };
    const hello *self = user;
    (void)head; /* method, path, headers, params and body would be here, as slices of the daemon's memory */

    /* It can only fail when the client has gone, and then nobody waits for an answer. */
    (void)self->http->respond(request, &response, NULL);
}

static zzz_status create(const zzz_host *host, zzz_app *app, void **state, zzz_error *error)
{
    const zzz_http *http = host->extension(ZZZ_HTTP_EXTENSION);
    /* A table may be shorter than ours when the daemon is older: look before using a function. */
    if (!http || !ZZZ_HAS(http, zzz_http, respond))
        return fail(error, ZZZ_ERROR_UNSUPPORTED, "this app needs " ZZZ_HTTP_EXTENSION);

    hello *self = malloc(sizeof *self);
    if (!self)
        return fail(error, ZZZ_ERROR_APP, "out of memory");
    self->app = app;
    self->http = http;
    *state = self;
    return ZZZ_OK;
}

/* The daemon checks the pattern and fills `error` when it is wrong or taken: its answer is ours. */
static zzz_status enroll(void *state, zzz_error *error)
{
    const hello *self = state;
    const zzz_route route = {
        .size = sizeof route,
        .methods = ZZZ_METHOD_BIT(ZZZ_METHOD_GET), /* HEAD is answered from GET by the daemon */
        .pattern = BYTES("/"),
        .source = BYTES(__FILE__),
        .name = BYTES("greet"),
        .handler = greet,
        .user = state,
    };
    return self->http->route(self->app, &route, error);
}

/* Nothing of this generation is in flight any more. */
static void stop(void *state)
{
    free(state);
}

ZZZ_EXPORT const zzz_app_descriptor *zzz_app_entry(void)
{
    static const zzz_app_descriptor descriptor = {
        .size = sizeof descriptor,
        .magic = ZZZ_ABI_MAGIC,
        .abi_major = ZZZ_ABI_MAJOR,
        .abi_minor = ZZZ_ABI_MINOR,
        .name = "hello-c",
        .version = "1.0",
        .runtime = "C",
        .create = create,
        .enroll = enroll,
        .stop = stop,
    };
    return &descriptor;
}
