/*
 * The layout that version 1 promises on 64-bit machines. A change that moves a field breaks every app that was built
 * before it: this file then does not compile. Appending to a struct that begins with its size is fine, and adds a line
 * here.
 */
#include "zzz.h"

_Static_assert(sizeof(void *) == 8 && sizeof(size_t) == 8, "the contract is laid out for 64-bit machines");

#define AT(type, field, offset) \
    _Static_assert(offsetof(type, field) == (offset), #type "." #field " has moved: apps built before would break")
#define SIZE(type, bytes) _Static_assert(sizeof(type) >= (bytes), #type " has shrunk")
/* Arrays of these are passed around, so that they can never grow. */
#define EXACT_SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type " has another size")

SIZE(zzz_bytes, 16);
EXACT_SIZE(zzz_bytes, 16);
AT(zzz_bytes, data, 0);
AT(zzz_bytes, count, 8);

SIZE(zzz_buffer, 24);
EXACT_SIZE(zzz_buffer, 24);
AT(zzz_buffer, data, 0);
AT(zzz_buffer, capacity, 8);
AT(zzz_buffer, count, 16);

SIZE(zzz_error, 512);
AT(zzz_error, size, 0);
AT(zzz_error, status, 4);
AT(zzz_error, message, 8);

SIZE(zzz_host, 24);
AT(zzz_host, size, 0);
AT(zzz_host, abi_major, 4);
AT(zzz_host, abi_minor, 6);
AT(zzz_host, version, 8);
AT(zzz_host, extension, 16);

SIZE(zzz_app_descriptor, 88);
AT(zzz_app_descriptor, size, 0);
AT(zzz_app_descriptor, magic, 4);
AT(zzz_app_descriptor, abi_major, 8);
AT(zzz_app_descriptor, abi_minor, 10);
AT(zzz_app_descriptor, reserved, 12);
AT(zzz_app_descriptor, name, 16);
AT(zzz_app_descriptor, version, 24);
AT(zzz_app_descriptor, runtime, 32);
AT(zzz_app_descriptor, create, 40);
AT(zzz_app_descriptor, enroll, 48);
AT(zzz_app_descriptor, start, 56);
AT(zzz_app_descriptor, quiesce, 64);
AT(zzz_app_descriptor, stop, 72);
AT(zzz_app_descriptor, extension, 80);

SIZE(zzz_header, 32);
EXACT_SIZE(zzz_header, 32);
AT(zzz_header, name, 0);
AT(zzz_header, value, 16);

SIZE(zzz_http_request, 184);
AT(zzz_http_request, size, 0);
AT(zzz_http_request, method, 4);
AT(zzz_http_request, version_minor, 5);
AT(zzz_http_request, flags, 6);
AT(zzz_http_request, unmatched_status, 8);
AT(zzz_http_request, reserved, 10);
AT(zzz_http_request, header_count, 12);
AT(zzz_http_request, param_count, 16);
AT(zzz_http_request, reserved2, 20);
AT(zzz_http_request, headers, 24);
AT(zzz_http_request, params, 32);
AT(zzz_http_request, method_name, 40);
AT(zzz_http_request, target, 56);
AT(zzz_http_request, path, 72);
AT(zzz_http_request, query, 88);
AT(zzz_http_request, authority, 104);
AT(zzz_http_request, mount, 120);
AT(zzz_http_request, body, 136);
AT(zzz_http_request, content_length, 152);
AT(zzz_http_request, allow, 160);
AT(zzz_http_request, route_user, 176);

SIZE(zzz_route, 120);
AT(zzz_route, size, 0);
AT(zzz_route, methods, 4);
AT(zzz_route, flags, 8);
AT(zzz_route, reserved, 12);
AT(zzz_route, pattern, 16);
AT(zzz_route, host, 32);
AT(zzz_route, source, 48);
AT(zzz_route, name, 64);
AT(zzz_route, handler, 80);
AT(zzz_route, user, 88);
AT(zzz_route, body_limit_bytes, 96);
AT(zzz_route, request_timeout_ms, 104);
AT(zzz_route, multipart_limit_bytes, 112);

SIZE(zzz_http_response, 56);
AT(zzz_http_response, size, 0);
AT(zzz_http_response, status, 4);
AT(zzz_http_response, flags, 6);
AT(zzz_http_response, header_count, 8);
AT(zzz_http_response, reserved, 12);
AT(zzz_http_response, headers, 16);
AT(zzz_http_response, content_type, 24);
AT(zzz_http_response, body, 40);

SIZE(zzz_file, 40);
AT(zzz_file, size, 0);
AT(zzz_file, descriptor, 4);
AT(zzz_file, path, 8);
AT(zzz_file, offset_bytes, 24);
AT(zzz_file, length_bytes, 32);

SIZE(zzz_address, 120);
AT(zzz_address, size, 0);
AT(zzz_address, port, 4);
AT(zzz_address, reserved, 6);
AT(zzz_address, text, 8);

SIZE(zzz_tls, 104);
AT(zzz_tls, size, 0);
AT(zzz_tls, flags, 4);
AT(zzz_tls, protocol, 8);
AT(zzz_tls, cipher, 24);
AT(zzz_tls, server_name, 40);
AT(zzz_tls, client_subject, 56);
AT(zzz_tls, client_fingerprint, 72);
AT(zzz_tls, client_certificate, 88);

SIZE(zzz_http, 160);
AT(zzz_http, size, 0);
AT(zzz_http, reserved, 4);
AT(zzz_http, route, 8);
AT(zzz_http, on_unmatched, 16);
AT(zzz_http, retain, 24);
AT(zzz_http, release, 32);
AT(zzz_http, respond, 40);
AT(zzz_http, inform, 48);
AT(zzz_http, begin, 56);
AT(zzz_http, write, 64);
AT(zzz_http, finish, 72);
AT(zzz_http, abort, 80);
AT(zzz_http, send_file, 88);
AT(zzz_http, read_body, 96);
AT(zzz_http, trailers, 104);
AT(zzz_http, on_writable, 112);
AT(zzz_http, on_closed, 120);
AT(zzz_http, peer, 128);
AT(zzz_http, upgrade, 136);
AT(zzz_http, tls, 144);
AT(zzz_http, temporary_file, 152);

SIZE(zzz_loop_api, 96);
AT(zzz_loop_api, size, 0);
AT(zzz_loop_api, reserved, 4);
AT(zzz_loop_api, count, 8);
AT(zzz_loop_api, at, 16);
AT(zzz_loop_api, current, 24);
AT(zzz_loop_api, of_request, 32);
AT(zzz_loop_api, post, 40);
AT(zzz_loop_api, timer, 48);
AT(zzz_loop_api, cancel, 56);
AT(zzz_loop_api, watch, 64);
AT(zzz_loop_api, unwatch, 72);
AT(zzz_loop_api, blocking, 80);
AT(zzz_loop_api, now, 88);

SIZE(zzz_log_field, 32);
EXACT_SIZE(zzz_log_field, 32);
AT(zzz_log_field, name, 0);
AT(zzz_log_field, value, 16);

SIZE(zzz_log_record, 64);
AT(zzz_log_record, size, 0);
AT(zzz_log_record, level, 4);
AT(zzz_log_record, message, 8);
AT(zzz_log_record, fields, 24);
AT(zzz_log_record, field_count, 32);
AT(zzz_log_record, line, 36);
AT(zzz_log_record, file, 40);
AT(zzz_log_record, request, 56);

SIZE(zzz_log, 24);
AT(zzz_log, size, 0);
AT(zzz_log, reserved, 4);
AT(zzz_log, level, 8);
AT(zzz_log, write, 16);

SIZE(zzz_config, 88);
AT(zzz_config, size, 0);
AT(zzz_config, reserved, 4);
AT(zzz_config, string, 8);
AT(zzz_config, integer, 16);
AT(zzz_config, number, 24);
AT(zzz_config, boolean, 32);
AT(zzz_config, count, 40);
AT(zzz_config, key_at, 48);
AT(zzz_config, json, 56);
AT(zzz_config, name, 64);
AT(zzz_config, state_directory, 72);
AT(zzz_config, generation, 80);

SIZE(zzz_password_cost, 16);
AT(zzz_password_cost, size, 0);
AT(zzz_password_cost, ln, 4);
AT(zzz_password_cost, r, 8);
AT(zzz_password_cost, p, 12);

SIZE(zzz_crypto, 104);
AT(zzz_crypto, size, 0);
AT(zzz_crypto, reserved, 4);
AT(zzz_crypto, random, 8);
AT(zzz_crypto, digest, 16);
AT(zzz_crypto, authentication_code, 24);
AT(zzz_crypto, derive_key, 32);
AT(zzz_crypto, seal, 40);
AT(zzz_crypto, open, 48);
AT(zzz_crypto, equal, 56);
AT(zzz_crypto, hash_password, 64);
AT(zzz_crypto, verify_password, 72);
AT(zzz_crypto, public_key, 80);
AT(zzz_crypto, release_key, 88);
AT(zzz_crypto, verify, 96);

SIZE(zzz_store_bucket, 24);
AT(zzz_store_bucket, size, 0);
AT(zzz_store_bucket, reserved, 4);
AT(zzz_store_bucket, capacity, 8);
AT(zzz_store_bucket, interval_ns, 16);

SIZE(zzz_store_grant, 32);
AT(zzz_store_grant, size, 0);
AT(zzz_store_grant, allowed, 4);
AT(zzz_store_grant, remaining, 8);
AT(zzz_store_grant, retry_after_ns, 16);
AT(zzz_store_grant, full_after_ns, 24);

SIZE(zzz_store, 64);
AT(zzz_store, size, 0);
AT(zzz_store, reserved, 4);
AT(zzz_store, get, 8);
AT(zzz_store, put, 16);
AT(zzz_store, remove, 24);
AT(zzz_store, touch, 32);
AT(zzz_store, add, 40);
AT(zzz_store, take, 48);
AT(zzz_store, remove_prefix, 56);

SIZE(zzz_socket_options, 72);
AT(zzz_socket_options, size, 0);
AT(zzz_socket_options, flags, 4);
AT(zzz_socket_options, message_bytes, 8);
AT(zzz_socket_options, fragments, 16);
AT(zzz_socket_options, header_count, 20);
AT(zzz_socket_options, queued_bytes, 24);
AT(zzz_socket_options, ping_after_ms, 32);
AT(zzz_socket_options, idle_timeout_ms, 40);
AT(zzz_socket_options, subprotocols, 48);
AT(zzz_socket_options, headers, 64);

SIZE(zzz_socket_event, 24);
AT(zzz_socket_event, size, 0);
AT(zzz_socket_event, kind, 4);
AT(zzz_socket_event, close_code, 6);
AT(zzz_socket_event, data, 8);

SIZE(zzz_websocket, 72);
AT(zzz_websocket, size, 0);
AT(zzz_websocket, reserved, 4);
AT(zzz_websocket, accept, 8);
AT(zzz_websocket, send, 16);
AT(zzz_websocket, ping, 24);
AT(zzz_websocket, close, 32);
AT(zzz_websocket, hold, 40);
AT(zzz_websocket, go_on, 48);
AT(zzz_websocket, retain, 56);
AT(zzz_websocket, release, 64);

SIZE(zzz_channel_event, 136);
AT(zzz_channel_event, size, 0);
AT(zzz_channel_event, kind, 4);
AT(zzz_channel_event, flags, 6);
AT(zzz_channel_event, reason, 8);
AT(zzz_channel_event, state_version, 12);
AT(zzz_channel_event, topic, 16);
AT(zzz_channel_event, event, 32);
AT(zzz_channel_event, payload, 48);
AT(zzz_channel_event, ref, 64);
AT(zzz_channel_event, socket_id, 80);
AT(zzz_channel_event, socket_state, 96);
AT(zzz_channel_event, state, 112);
AT(zzz_channel_event, channel_user, 128);

SIZE(zzz_channel_definition, 80);
AT(zzz_channel_definition, size, 0);
AT(zzz_channel_definition, intercept_count, 4);
AT(zzz_channel_definition, pattern, 8);
AT(zzz_channel_definition, source, 24);
AT(zzz_channel_definition, callback, 40);
AT(zzz_channel_definition, user, 48);
AT(zzz_channel_definition, intercepts, 56);
AT(zzz_channel_definition, timeout_ms, 64);
AT(zzz_channel_definition, messages_per_second, 72);
AT(zzz_channel_definition, reserved, 76);

SIZE(zzz_channel_socket, 72);
AT(zzz_channel_socket, size, 0);
AT(zzz_channel_socket, channels, 4);
AT(zzz_channel_socket, version, 8);
AT(zzz_channel_socket, id, 24);
AT(zzz_channel_socket, state, 40);
AT(zzz_channel_socket, messages_per_second, 56);
AT(zzz_channel_socket, reserved, 60);
AT(zzz_channel_socket, options, 64);

SIZE(zzz_channel_api, 112);
AT(zzz_channel_api, size, 0);
AT(zzz_channel_api, reserved, 4);
AT(zzz_channel_api, define, 8);
AT(zzz_channel_api, accept, 16);
AT(zzz_channel_api, poll, 24);
AT(zzz_channel_api, join, 32);
AT(zzz_channel_api, reply, 40);
AT(zzz_channel_api, push, 48);
AT(zzz_channel_api, broadcast, 56);
AT(zzz_channel_api, subscribe, 64);
AT(zzz_channel_api, unsubscribe, 72);
AT(zzz_channel_api, stop, 80);
AT(zzz_channel_api, done, 88);
AT(zzz_channel_api, hand_over, 96);
AT(zzz_channel_api, disconnect, 104);

SIZE(zzz_message, 56);
AT(zzz_message, size, 0);
AT(zzz_message, flags, 4);
AT(zzz_message, topic, 8);
AT(zzz_message, event, 24);
AT(zzz_message, payload, 40);

SIZE(zzz_pubsub, 32);
AT(zzz_pubsub, size, 0);
AT(zzz_pubsub, reserved, 4);
AT(zzz_pubsub, subscribe, 8);
AT(zzz_pubsub, unsubscribe, 16);
AT(zzz_pubsub, broadcast, 24);

SIZE(zzz_presence, 64);
AT(zzz_presence, size, 0);
AT(zzz_presence, reserved, 4);
AT(zzz_presence, track, 8);
AT(zzz_presence, update, 16);
AT(zzz_presence, untrack, 24);
AT(zzz_presence, list, 32);
AT(zzz_presence, on_difference, 40);
AT(zzz_presence, meta, 48);
AT(zzz_presence, exchange, 56);
