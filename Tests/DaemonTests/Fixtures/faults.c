/*
 * faults.c: faults in every callback that the C contract has, each in a function whose name a backtrace must show. The
 * macros TRAP_IN_CREATE, _ENROLL, _START, _QUIESCE and _STOP make it trap in that step, though not when a throwaway
 * process only validates the file.
 *
 * GET /ok answers. /trap-NAME traps in the callback NAME on behalf of the request; /trap-app-NAME answers 200 first,
 * and traps on behalf of the app alone. What has no route goes to `unmatched`, which traps for /trap-unmatched.
 */
#include <assert.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zzz.h>

static const zzz_http *http;
static const zzz_loop_api *loops;
static zzz_app *self;

static zzz_bytes bytes_of(const char *text) {
    zzz_bytes bytes = {text, strlen(text)};
    return bytes;
}

static void respond(zzz_request *request, uint16_t status, const char *body) {
    zzz_http_response response = {.size = sizeof response, .status = status, .body = bytes_of(body)};
    http->respond(request, &response, NULL);
}

/* --- In a handler ------------------------------------------------------------------------------------------------ */

__attribute__((noinline)) static void stop_here(void) { __builtin_trap(); }

static void ok(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user, (void)head;
    respond(request, 200, "ok");
}

static void trap(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user, (void)request, (void)head;
    stop_here();
}

static void divide(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user;
    volatile int none = head->method == ZZZ_METHOD_GET ? 0 : 1;
    respond(request, (uint16_t)(200 / none), "divided");
}

static void call_abort(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user, (void)request, (void)head;
    abort();
}

static void call_assert(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user, (void)request;
    assert(head->header_count == 12345);
}

static void read_null(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)head;
    respond(request, *(volatile uint16_t *)user, "read");
}

static void unmatched(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user;
    zzz_bytes wanted = bytes_of("/trap-unmatched");
    if (head->path.count == wanted.count && memcmp(head->path.data, wanted.data, wanted.count) == 0) stop_here();
    respond(request, head->unmatched_status, "unmatched");
}

/* --- In what the handler asked for ------------------------------------------------------------------------------- */

static void closed(void *user, zzz_request *request) {
    (void)user, (void)request;
    stop_here();
}

static void trap_closed(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user, (void)head;
    http->retain(request);
    http->on_closed(request, closed, NULL);
}

static void writable(void *user, zzz_request *request) {
    (void)user, (void)request;
    stop_here();
}

static void trap_writable(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user, (void)head;
    static char piece[64 << 10];
    zzz_http_response response = {.size = sizeof response, .status = 200};
    if (http->begin(request, &response, -1, NULL) < 0) return;
    http->retain(request);
    while (http->write(request, (zzz_bytes){piece, sizeof piece}, NULL) == ZZZ_OK) {}
    http->on_writable(request, writable, NULL);
}

static void body_came(void *user, zzz_request *request, uint32_t event, zzz_bytes data) {
    (void)user, (void)request, (void)event, (void)data;
    stop_here();
}

static void trap_body(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user, (void)head;
    http->retain(request);
    http->read_body(request, body_came, NULL, NULL);
}

static void job(void *user) {
    (void)user;
    stop_here();
}

static void nothing(void *user) { (void)user; }

/* `user` is not NULL for a job of the app alone. */
static zzz_request *owner(void *user, zzz_request *request) {
    if (user == NULL) {
        http->retain(request);
        return request;
    }
    respond(request, 200, "later");
    return NULL;
}

static void trap_timer(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)head;
    zzz_timer *timer;
    loops->timer(self, loops->current(), owner(user, request), 10000, 0, job, NULL, &timer, NULL);
}

static void trap_post(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)head;
    loops->post(self, loops->current(), owner(user, request), job, NULL);
}

static void trap_work(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)head;
    loops->blocking(self, loops->current(), owner(user, request), job, nothing, NULL, NULL);
}

static void trap_done(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)head;
    loops->blocking(self, loops->current(), owner(user, request), nothing, job, NULL, NULL);
}

static void readable(void *user, int32_t descriptor, uint32_t events) {
    (void)user, (void)descriptor, (void)events;
    stop_here();
}

static void trap_watch(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)head;
    int ends[2];
    zzz_watch *watch;
    owner(user, request);
    if (pipe(ends) != 0 || write(ends[1], "x", 1) != 1) return;
    loops->watch(self, ends[0], ZZZ_READABLE, readable, NULL, &watch, NULL);
}

/* --- Callbacks that block, and become due again meanwhile --------------------------------------------------------- */

static atomic_int inside, calls, most_inside;

static void block(void) {
    int now = atomic_fetch_add(&inside, 1) + 1;
    if (now > atomic_load(&most_inside)) atomic_store(&most_inside, now);
    poll(NULL, 0, 150);
    atomic_fetch_sub(&inside, 1);
    atomic_fetch_add(&calls, 1);
}

static void readable_and_slow(void *user, int32_t descriptor, uint32_t events) {
    (void)user, (void)descriptor, (void)events;
    block();
}

static void slow_job(void *user) {
    (void)user;
    block();
}

static void block_watch(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user, (void)head;
    int ends[2];
    zzz_watch *watch;
    respond(request, 200, "later");
    if (pipe(ends) != 0 || write(ends[1], "x", 1) != 1) return;
    loops->watch(self, ends[0], ZZZ_READABLE, readable_and_slow, NULL, &watch, NULL);
}

static void block_timer(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user, (void)head;
    zzz_timer *timer;
    respond(request, 200, "later");
    loops->timer(self, loops->current(), NULL, 10000, 10000, slow_job, NULL, &timer, NULL);
}

/* How often they were called, and how many were inside at once. */
static void blocked(void *user, zzz_request *request, const zzz_http_request *head) {
    (void)user, (void)head;
    char text[64];
    snprintf(text, sizeof text, "%d %d", atomic_load(&calls), atomic_load(&most_inside));
    respond(request, 200, text);
}

/* --- In a step of the app's life --------------------------------------------------------------------------------- */

/* Whether this process only validates the file. */
static int is_probe(void) {
    char line[4096] = "";
    FILE *file = fopen("/proc/self/cmdline", "r");
    if (file == NULL) return 0;
    size_t count = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    for (size_t start = 0; start < count; start += strlen(line + start) + 1)
        if (strcmp(line + start, "--probe") == 0) return 1;
    return 0;
}

__attribute__((unused)) static void trap_in_step(void) {
    if (!is_probe()) stop_here();
}

static zzz_status create(const zzz_host *host, zzz_app *app, void **state, zzz_error *error) {
    (void)error;
#ifdef TRAP_IN_CREATE
    trap_in_step();
#endif
    http = host->extension(ZZZ_HTTP_EXTENSION);
    loops = host->extension(ZZZ_LOOP_EXTENSION);
    self = app;
    *state = app;
    return http != NULL && loops != NULL ? ZZZ_OK : ZZZ_ERROR_UNSUPPORTED;
}

static const struct {
    const char *pattern;
    zzz_handler handler;
    int is_for_app;
    uint32_t flags;
} routes[] = {
    {"/ok", ok, 0, 0},
    {"/trap", trap, 0, 0},
    {"/divide", divide, 0, 0},
    {"/abort", call_abort, 0, 0},
    {"/assert", call_assert, 0, 0},
    {"/null", read_null, 0, 0},
    {"/trap-closed", trap_closed, 0, 0},
    {"/trap-writable", trap_writable, 0, 0},
    {"/trap-body", trap_body, 0, ZZZ_ROUTE_STREAM_BODY},
    {"/trap-timer", trap_timer, 0, 0},
    {"/trap-post", trap_post, 0, 0},
    {"/trap-work", trap_work, 0, 0},
    {"/trap-done", trap_done, 0, 0},
    {"/trap-app-timer", trap_timer, 1, 0},
    {"/trap-app-post", trap_post, 1, 0},
    {"/trap-app-work", trap_work, 1, 0},
    {"/trap-app-done", trap_done, 1, 0},
    {"/trap-app-watch", trap_watch, 1, 0},
    {"/block-watch", block_watch, 0, 0},
    {"/block-timer", block_timer, 0, 0},
    {"/blocked", blocked, 0, 0},
};

static zzz_status enroll(void *state, zzz_error *error) {
#ifdef TRAP_IN_ENROLL
    trap_in_step();
#endif
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        zzz_route route = {.size = sizeof route, .methods = ZZZ_METHODS_ALL, .flags = routes[i].flags};
        route.pattern = bytes_of(routes[i].pattern);
        route.source = bytes_of("faults.c");
        route.handler = routes[i].handler;
        route.user = routes[i].is_for_app ? state : NULL;
        zzz_status status = http->route(self, &route, error);
        if (status != ZZZ_OK) return status;
    }
    return http->on_unmatched(self, unmatched, NULL, error);
}

static zzz_status start(void *state, zzz_error *error) {
    (void)state, (void)error;
#ifdef TRAP_IN_START
    trap_in_step();
#endif
    return ZZZ_OK;
}

static void quiesce(void *state) {
    (void)state;
#ifdef TRAP_IN_QUIESCE
    trap_in_step();
#endif
}

static void stop(void *state) {
    (void)state;
#ifdef TRAP_IN_STOP
    trap_in_step();
#endif
}

ZZZ_EXPORT const zzz_app_descriptor *zzz_app_entry(void) {
    static const zzz_app_descriptor descriptor = {
        .size = sizeof descriptor,
        .magic = ZZZ_ABI_MAGIC,
        .abi_major = ZZZ_ABI_MAJOR,
        .abi_minor = ZZZ_ABI_MINOR,
        .name = "faults",
        .version = "1",
        .runtime = "C",
        .create = create,
        .enroll = enroll,
        .start = start,
        .quiesce = quiesce,
        .stop = stop,
    };
    return &descriptor;
}
