/*
 * kit.c: an app with what the black-box tests need and no example app has: something that counts, something large, and
 * the mistakes an app can make at run time.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <zzz.h>

#ifndef VERSION
#define VERSION "1"
#endif

static const zzz_http *http;
static zzz_app *self;
static atomic_int hits;
static atomic_int second_response_status;
static char large[32 << 20];

static zzz_bytes bytes_of(const char *text) {
    zzz_bytes bytes = {text, strlen(text)};
    return bytes;
}

static zzz_status respond(zzz_request *request, uint16_t status, zzz_bytes body) {
    zzz_http_response response = {.size = sizeof response, .status = status, .body = body};
    response.content_type = bytes_of("text/plain");
    return http->respond(request, &response, NULL);
}

static void version(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user, (void)head;
    respond(request, 200, bytes_of(VERSION));
}

static void hit(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user, (void)head;
    atomic_fetch_add(&hits, 1);
    respond(request, 200, bytes_of("hit"));
}

static void count(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user, (void)head;
    char text[16];
    snprintf(text, sizeof text, "%d", atomic_load(&hits));
    respond(request, 200, bytes_of(text));
}

static void send_large(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user, (void)head;
    zzz_bytes body = {large, sizeof large};
    respond(request, 200, body);
}

/* A field value that would split the response (RFC 9110 5.5). The host must refuse it and still wait for an answer. */
static void split(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)head;
    zzz_header header = {bytes_of("X-Test"), bytes_of(user)};
    if (user != NULL && strcmp(user, "NUL") == 0) header.value = (zzz_bytes){"a\0b", 3};
    zzz_http_response response = {.size = sizeof response, .status = 200, .header_count = 1, .headers = &header};
    zzz_error error = {.size = sizeof error};
    zzz_status status = http->respond(request, &response, &error);
    respond(request, 200, bytes_of(status == ZZZ_ERROR_INVALID ? "refused" : "taken"));
}

static void twice(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user, (void)head;
    http->retain(request);
    respond(request, 200, bytes_of("first"));
    atomic_store(&second_response_status, respond(request, 200, bytes_of("second")));
    http->release(request);
}

static void twice_status(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user, (void)head;
    int status = atomic_load(&second_response_status);
    respond(request, 200, bytes_of(status == ZZZ_ERROR_STATE || status == ZZZ_ERROR_GONE ? "refused" : "taken"));
}

static void silent(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user, (void)request, (void)head;
}

static void inform(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user, (void)head;
    zzz_header link = {bytes_of("Link"), bytes_of("</style.css>; rel=preload")};
    http->inform(request, 103, &link, 1, NULL);
    respond(request, 200, bytes_of("informed"));
}

/* Answers before it has read anything of the body. */
static void refuse(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user, (void)head;
    respond(request, 401, bytes_of("no"));
}

static void greeting(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)head;
    const zzz_config *config = user;
    zzz_bytes value = bytes_of("no greeting");
    config->string(self, bytes_of("greeting"), &value, NULL);
    respond(request, 200, value);
}

/* What is known of the client: its address, and its certificate. */
static void client(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user, (void)head;
    zzz_address address = {.size = sizeof address};
    zzz_tls tls = {.size = sizeof tls};
    char text[512];
    http->peer(request, &address);
    if (http->tls(request, &tls) != ZZZ_OK) tls.client_subject = bytes_of("no TLS");
    int count = snprintf(text, sizeof text, "%s %.*s", address.text, (int)tls.client_subject.count,
                         tls.client_subject.data ? tls.client_subject.data : "");
    respond(request, 200, (zzz_bytes){text, (size_t)count < sizeof text ? (size_t)count : sizeof text - 1});
}

static zzz_status create(const zzz_host *host, zzz_app *app, void **state, zzz_error *error) {
    (void)error;
    http = host->extension(ZZZ_HTTP_EXTENSION);
    self = app;
    *state = (void *)host->extension(ZZZ_CONFIG_EXTENSION);
    return http != NULL && *state != NULL ? ZZZ_OK : ZZZ_ERROR_UNSUPPORTED;
}

static zzz_status enroll(void *state, zzz_error *error) {
    const uint32_t get = ZZZ_METHOD_BIT(ZZZ_METHOD_GET);
    const struct {
        const char *pattern;
        zzz_handler handler;
        void *user;
        uint32_t methods, flags;
    } routes[] = {
        {"/", version, NULL, get, 0},
        {"/hit", hit, NULL, ZZZ_METHODS_ALL, 0},
        {"/count", count, NULL, get, 0},
        {"/large", send_large, NULL, get, 0},
        {"/split/lf", split, "a\nInjected: 1", get, 0},
        {"/split/cr", split, "a\rb", get, 0},
        {"/split/nul", split, "NUL", get, 0},
        {"/twice", twice, NULL, get, 0},
        {"/twice-status", twice_status, NULL, get, 0},
        {"/silent", silent, NULL, get, 0},
        {"/inform", inform, NULL, get, 0},
        {"/refuse", refuse, NULL, ZZZ_METHOD_BIT(ZZZ_METHOD_POST), ZZZ_ROUTE_STREAM_BODY},
        {"/greeting", greeting, state, get, 0},
        {"/client", client, NULL, get, 0},
    };
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        zzz_route route = {.size = sizeof route, .methods = routes[i].methods, .flags = routes[i].flags};
        route.pattern = bytes_of(routes[i].pattern);
        route.source = bytes_of("kit.c");
        route.handler = routes[i].handler;
        route.user = routes[i].user;
        zzz_status status = http->route(self, &route, error);
        if (status != ZZZ_OK) return status;
    }
    return ZZZ_OK;
}

ZZZ_EXPORT const zzz_app_descriptor *zzz_app_entry(void) {
    static const zzz_app_descriptor descriptor = {
        .size = sizeof descriptor,
        .magic = ZZZ_ABI_MAGIC,
        .abi_major = ZZZ_ABI_MAJOR,
        .abi_minor = ZZZ_ABI_MINOR,
        .name = "kit",
        .version = VERSION,
        .runtime = "C",
        .create = create,
        .enroll = enroll,
    };
    return &descriptor;
}
