/*
 * zzz/http.h: extension "zzz.http/1": routes, requests, responses.
 *
 * The host calls a route's handler with a handle and a struct of slices. The handler answers at once, or keeps the
 * handle (see retain) and answers later from any thread. Exactly one response begins for each request; a handler that
 * returns without having answered or retained the request is answered for with 500.
 */
#ifndef ZZZ_HTTP_H
#define ZZZ_HTTP_H

#include "app.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ZZZ_HTTP_EXTENSION "zzz.http/1"

typedef struct zzz_header {
    zzz_bytes name;
    zzz_bytes value;
} zzz_header;

/* RFC 9110 section 9. */
enum {
    ZZZ_METHOD_OTHER = 0, /* see zzz_http_request.method_name */
    ZZZ_METHOD_GET = 1,
    ZZZ_METHOD_HEAD = 2,
    ZZZ_METHOD_POST = 3,
    ZZZ_METHOD_PUT = 4,
    ZZZ_METHOD_PATCH = 5,
    ZZZ_METHOD_DELETE = 6,
    ZZZ_METHOD_OPTIONS = 7,
    ZZZ_METHOD_CONNECT = 8,
    ZZZ_METHOD_TRACE = 9
};
#define ZZZ_METHOD_BIT(method) (UINT32_C(1) << (method))
#define ZZZ_METHODS_ALL UINT32_C(0x3FF)

/* zzz_http_request.flags */
enum {
    ZZZ_REQUEST_BODY_COMPLETE = 1, /* `body` is the whole body (an empty one for a request without) */
    ZZZ_REQUEST_KEEP_ALIVE = 2,
    ZZZ_REQUEST_SECURE = 4,        /* came over TLS */
    ZZZ_REQUEST_HAS_QUERY = 8      /* there was a '?', even with nothing behind it */
};

/*
 * One request. (borrowed) until the handler returns or, when the app has retained the request, until it releases it:
 * the slices do not move in between.
 */
typedef struct zzz_http_request {
    uint32_t size;
    uint8_t method;            /* ZZZ_METHOD_... */
    uint8_t version_minor;     /* of HTTP/1.x: 0 or 1 */
    uint16_t flags;
    uint16_t unmatched_status; /* in an on_unmatched handler 404 or 405; otherwise 0 */
    uint16_t reserved;
    uint32_t header_count;
    uint32_t param_count;
    uint32_t reserved2;
    const zzz_header *headers; /* in the order received, names as received */
    const zzz_bytes *params;   /* decoded, in the order of the pattern's names */
    zzz_bytes method_name;
    zzz_bytes target;          /* as received (RFC 9112 section 3.2) */
    zzz_bytes path;            /* as received, below the app's mount prefix, not decoded: begins with '/' */
    zzz_bytes query;           /* without '?' */
    zzz_bytes authority;       /* from the target or from Host; empty on an HTTP/1.0 request without */
    zzz_bytes mount;           /* the app's mount prefix: "" or "/blog" */
    zzz_bytes body;
    int64_t content_length;    /* -1: not known (chunked) */
    zzz_bytes allow;           /* in an on_unmatched handler with 405: the value for the Allow field */
    void *route_user;          /* zzz_route.user */
} zzz_http_request;

/* Answers, or retains. [loop] on the loop that owns the connection. */
typedef void (*zzz_handler)(void *user, zzz_request *request, const zzz_http_request *head);

/* zzz_route.flags */
enum {
    /* Call the handler when the head has arrived, and let it read the body with read_body. Otherwise the host collects
     * the body first. */
    ZZZ_ROUTE_STREAM_BODY = 1,
    /* The same for bodies whose Content-Type is multipart/..., which may be large; others are collected. */
    ZZZ_ROUTE_STREAM_MULTIPART = 2
};

typedef struct zzz_route {
    uint32_t size;
    uint32_t methods;         /* ZZZ_METHOD_BITs or'ed, or ZZZ_METHODS_ALL */
    uint32_t flags;
    uint32_t reserved;
    zzz_bytes pattern;        /* "/users/:id", "/files/" followed by "*path" */
    zzz_bytes host;           /* "" for every host of the app; "admin.example.com" or "*.example.com" */
    zzz_bytes source;         /* where the route is written, for messages: "Sources/App/Routes.swift:12" */
    zzz_bytes name;           /* for people and metrics; may be empty */
    zzz_handler handler;
    void *user;               /* handed back as it is */
    uint64_t body_limit_bytes;/* 0: the app's */
    uint64_t request_timeout_ms;/* how long the handler may take to begin its response; 0: the app's */
    uint64_t multipart_limit_bytes;/* of a body that ZZZ_ROUTE_STREAM_MULTIPART streams; 0: as for others */
} zzz_route;

/* zzz_http_response.flags */
enum {
    ZZZ_RESPONSE_CLOSE = 1 /* close the connection after this response */
};

/*
 * A response. (borrowed) for the call. The host adds Date, Content-Length or Transfer-Encoding, and Connection; those
 * may not be among `headers` (Content-Length may, when it is right, and Date). Names must be tokens and values free of
 * CR, LF and NUL (RFC 9110 section 5.5): ZZZ_ERROR_INVALID otherwise, and the request is still unanswered.
 */
typedef struct zzz_http_response {
    uint32_t size;
    uint16_t status;          /* 200 to 599 */
    uint16_t flags;
    uint32_t header_count;
    uint32_t reserved;
    const zzz_header *headers;
    zzz_bytes content_type;   /* "" for none */
    zzz_bytes body;
} zzz_http_response;

/* A part of a file. Before the call returns, the host duplicates `descriptor`, or opens `path` when that is -1. */
typedef struct zzz_file {
    uint32_t size;
    int32_t descriptor;
    zzz_bytes path;
    uint64_t offset_bytes;
    int64_t length_bytes;     /* -1: to the end */
} zzz_file;

typedef struct zzz_address {
    uint32_t size;
    uint16_t port;            /* 0 for a unix socket */
    uint16_t reserved;
    char text[112];           /* "127.0.0.1", "::1", or a unix socket's path; zero-terminated */
} zzz_address;

/* zzz_tls.flags */
enum {
    ZZZ_TLS_RESUMED = 1,        /* an earlier session was resumed */
    ZZZ_TLS_CLIENT_VERIFIED = 2 /* the client has shown a certificate from one of the listener's authorities */
};

/* The TLS of a request's connection. The bytes are (borrowed) like the request. */
typedef struct zzz_tls {
    uint32_t size;
    uint32_t flags;
    zzz_bytes protocol;           /* "TLSv1.3" */
    zzz_bytes cipher;             /* "TLS_AES_256_GCM_SHA384" */
    zzz_bytes server_name;        /* the host that the client has asked for (RFC 6066 section 3); empty for none */
    zzz_bytes client_subject;     /* of its certificate, as RFC 2253 writes it: "CN=alice,O=Example"; empty without */
    zzz_bytes client_fingerprint; /* 32 bytes, SHA-256 of the certificate; empty without one */
    zzz_bytes client_certificate; /* all of it, in DER; empty without one */
} zzz_tls;

/* What a body callback brings. */
enum {
    ZZZ_BODY_DATA = 1,    /* a piece */
    ZZZ_BODY_END = 2,     /* no more comes; trailers are readable */
    ZZZ_BODY_FAILED = 3   /* the client went away, sent too much or was too slow; no more comes */
};

/* [loop] `data` is (borrowed) for the call. */
typedef void (*zzz_body_callback)(void *user, zzz_request *request, uint32_t event, zzz_bytes data);
typedef void (*zzz_request_callback)(void *user, zzz_request *request);

typedef struct zzz_http {
    uint32_t size;
    uint32_t reserved;

    /* [load] Adds a route. ZZZ_ERROR_CONFLICT names both places; ZZZ_ERROR_INVALID says what is wrong with the pattern.
     * */
    zzz_status (*route)(zzz_app *app, const zzz_route *route, zzz_error *error);

    /* [load] Renders 404 and 405 for requests that reach this app and match none of its routes. */
    zzz_status (*on_unmatched)(zzz_app *app, zzz_handler handler, void *user, zzz_error *error);

    /*
     * [any] Keeps the request's memory and handle beyond the handler. Each retain needs one release; the request's
     * memory goes with the last one, also when the client has left. No callback that was asked for on the request comes
     * after it.
     */
    zzz_status (*retain)(zzz_request *request);
    zzz_status (*release)(zzz_request *request);

    /* [any] The whole response at once. ZZZ_ERROR_STATE when one has begun. */
    zzz_status (*respond)(zzz_request *request, const zzz_http_response *response, zzz_error *error);

    /* [any] An interim response, 103 Early Hints for example (RFC 8297). Before the response; not sent to HTTP/1.0
     * clients. */
    zzz_status (*inform)(zzz_request *request, uint16_t status, const zzz_header *headers, uint32_t header_count,
                         zzz_error *error);

    /*
     * [any] Begins a response whose body follows with write and ends with finish. content_length -1: not known, and the
     * host chunks it (or closes the connection at its end, for HTTP/1.0). response->body, when not empty, is the first
     * piece.
     */
    zzz_status (*begin)(zzz_request *request, const zzz_http_response *response, int64_t content_length,
                        zzz_error *error);

    /*
     * [any] The next piece; copied. ZZZ_WAIT: taken, but more than the connection's high-water mark is waiting: go on
     * in on_writable. ZZZ_ERROR_LIMIT: not taken, since far too much is waiting, or it goes past the content_length
     * given.
     */
    zzz_status (*write)(zzz_request *request, zzz_bytes data, zzz_error *error);

    /* [any] The end of the body, with trailer fields (only when chunked; otherwise they are dropped). */
    zzz_status (*finish)(zzz_request *request, const zzz_header *trailers, uint32_t trailer_count, zzz_error *error);

    /* [any] Cuts the connection: the only way to say that a response which has begun went wrong. */
    zzz_status (*abort)(zzz_request *request);

    /* [any] A response whose body is a file, sent with sendfile(2). response->body must be empty. */
    zzz_status (*send_file)(zzz_request *request, const zzz_http_response *response, const zzz_file *file,
                            zzz_error *error);

    /*
     * [any] Asks for the next piece of the body; `callback` is called once, on the request's loop. Ask again for more:
     * that is the back-pressure. 100 Continue is sent with the first call when the client waits for it.
     */
    zzz_status (*read_body)(zzz_request *request, zzz_body_callback callback, void *user, zzz_error *error);

    /* [loop] The trailer fields, after ZZZ_BODY_END. (borrowed) like the request. */
    zzz_status (*trailers)(zzz_request *request, const zzz_header **headers, uint32_t *count);

    /* [any] Calls back once, when less than the low-water mark is waiting to be written. */
    zzz_status (*on_writable)(zzz_request *request, zzz_request_callback callback, void *user);

    /*
     * [any] Calls back once, when the client has gone before the response ended, or when the host has answered in the
     * app's place because the app took too long (see zzz_route.request_timeout_ms): nobody waits for the response.
     */
    zzz_status (*on_closed)(zzz_request *request, zzz_request_callback callback, void *user);

    /* [loop] The other end of the connection, on the request's own loop. */
    zzz_status (*peer)(zzz_request *request, zzz_address *address);

    /*
     * [any] Answers 101 with `headers` (Upgrade among them) and turns the connection into a plain byte stream, read
     * with read_body, written with write, ended with finish. Only for requests that carried Upgrade; HTTP/1.1 only.
     */
    zzz_status (*upgrade)(zzz_request *request, const zzz_header *headers, uint32_t header_count, zzz_error *error);

    /* [loop] What was agreed on with the client, on the request's own loop. ZZZ_ERROR_NOT_FOUND for a request without
     * ZZZ_REQUEST_SECURE. */
    zzz_status (*tls)(zzz_request *request, zzz_tls *tls);

    /*
     * [any] Tells the host of a temporary file without a name that the app has for the request; it keeps a duplicate of
     * `descriptor` as long as that. When a fault ends the request, so that nobody closes the file, the host empties it,
     * unless it has got a name meanwhile. ZZZ_ERROR_LIMIT: too many.
     */
    zzz_status (*temporary_file)(zzz_request *request, int32_t descriptor);
} zzz_http;

#ifdef __cplusplus
}
#endif
#endif
