/*
 * store.c: an app in C that keeps things in the daemon and asks it for cryptography: what the path says is done, and
 * the status and the result are the answer.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zzz.h>

static const zzz_http *http;
static const zzz_store *store;
static const zzz_crypto *crypto;
static zzz_app *self;

static zzz_bytes bytes_of(const char *text) {
    zzz_bytes bytes = {text, strlen(text)};
    return bytes;
}

static void respond(zzz_request *request, const char *text) {
    zzz_http_response response = {.size = sizeof response, .status = 200, .body = bytes_of(text)};
    response.content_type = bytes_of("text/plain");
    http->respond(request, &response, NULL);
}

static void answer(zzz_request *request, zzz_status status, const zzz_error *error, const char *text) {
    char line[4096];
    snprintf(line, sizeof line, "%" PRId32 " %s", status, status < 0 ? error->message : text);
    respond(request, line);
}

/* /get/:key */
static void get(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user;
    zzz_error error = {.size = sizeof error};
    char room[1024] = "";
    zzz_buffer value = {.data = room, .capacity = sizeof room - 1};
    zzz_status status = store->get(self, head->params[0], &value, NULL, &error);
    if (value.count < sizeof room) room[value.count] = 0;
    answer(request, status, &error, room);
}

/* /put/:key/:value/:milliseconds */
static void put(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user;
    zzz_error error = {.size = sizeof error};
    char number[24] = "";
    memcpy(number, head->params[2].data, head->params[2].count < 23 ? head->params[2].count : 23);
    uint64_t version = 0;
    zzz_status status = store->put(self, head->params[0], head->params[1], strtoull(number, NULL, 10), ZZZ_STORE_ANY,
                                   &version, &error);
    answer(request, status, &error, version > 0 ? "stored" : "");
}

/* /fill/:count: so many entries that end after a second, of about a kilobyte each. */
static void fill(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user;
    zzz_error error = {.size = sizeof error};
    char text[1000];
    memset(text, 'v', sizeof text);
    zzz_bytes value = {text, sizeof text};
    char number[16] = "";
    memcpy(number, head->params[0].data, head->params[0].count < 15 ? head->params[0].count : 15);
    zzz_status status = ZZZ_OK;
    for (int index = 0; index < atoi(number) && status >= 0; index++) {
        char key[32];
        snprintf(key, sizeof key, "fill %d", index);
        status = store->put(self, bytes_of(key), value, 1000, ZZZ_STORE_ANY, NULL, &error);
    }
    answer(request, status, &error, "filled");
}

/* /take/:key: one of two tokens, which come back in a day. */
static void take(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user;
    zzz_error error = {.size = sizeof error};
    zzz_store_bucket bucket = {.size = sizeof bucket, .capacity = 2, .interval_ns = UINT64_C(43200000000000)};
    zzz_store_grant grant = {.size = sizeof grant};
    zzz_status status = store->take(self, head->params[0], 1, &bucket, &grant, &error);
    char text[64];
    snprintf(text, sizeof text, "%" PRIu32 " %" PRIu64, grant.allowed, grant.remaining);
    answer(request, status, &error, text);
}

/* /digest/:text */
static void digest(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user;
    zzz_error error = {.size = sizeof error};
    char room[ZZZ_DIGEST_MAX_BYTES];
    char text[2 * ZZZ_DIGEST_MAX_BYTES + 1] = "";
    zzz_buffer result = {.data = room, .capacity = sizeof room};
    zzz_status status = crypto->digest(ZZZ_SHA256, head->params[0], &result, &error);
    for (size_t index = 0; status >= 0 && index < result.count; index++) {
        snprintf(text + 2 * index, 3, "%02x", (unsigned char)room[index]);
    }
    answer(request, status, &error, text);
}

static zzz_status create(const zzz_host *host, zzz_app *app, void **state, zzz_error *error) {
    (void)error;
    *state = NULL;
    self = app;
    http = host->extension(ZZZ_HTTP_EXTENSION);
    store = host->extension(ZZZ_STORE_EXTENSION);
    crypto = host->extension(ZZZ_CRYPTO_EXTENSION);
    return http != NULL && store != NULL && crypto != NULL ? ZZZ_OK : ZZZ_ERROR_UNSUPPORTED;
}

static zzz_status enroll(void *state, zzz_error *error) {
    (void)state;
    static const struct {
        const char *pattern;
        zzz_handler handler;
    } routes[] = {
        {"/get/:key", get},   {"/put/:key/:value/:time", put}, {"/fill/:count", fill},
        {"/take/:key", take}, {"/digest/:text", digest},
    };
    for (size_t index = 0; index < sizeof routes / sizeof routes[0]; index++) {
        zzz_route route = {.size = sizeof route, .methods = 1 << ZZZ_METHOD_GET};
        route.pattern = bytes_of(routes[index].pattern);
        route.handler = routes[index].handler;
        zzz_status status = http->route(self, &route, error);
        if (status < 0) return status;
    }
    return ZZZ_OK;
}

ZZZ_EXPORT const zzz_app_descriptor *zzz_app_entry(void) {
    static const zzz_app_descriptor descriptor = {
        .size = sizeof descriptor,
        .magic = ZZZ_ABI_MAGIC,
        .abi_major = ZZZ_ABI_MAJOR,
        .abi_minor = ZZZ_ABI_MINOR,
        .name = "store",
        .version = "1",
        .runtime = "C",
        .create = create,
        .enroll = enroll,
    };
    return &descriptor;
}
