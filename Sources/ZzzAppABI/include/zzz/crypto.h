/* zzz/crypto.h: extension "zzz.crypto/1": digests, keys, sealed boxes, passwords and signatures, by the daemon's
 * OpenSSL, so that an app needs none of its own. */
#ifndef ZZZ_CRYPTO_H
#define ZZZ_CRYPTO_H

#include "app.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ZZZ_CRYPTO_EXTENSION "zzz.crypto/1"

enum {
    ZZZ_SHA1 = 1, /* for digest only, where a protocol is built on it */
    ZZZ_SHA256 = 2,
    ZZZ_SHA384 = 3,
    ZZZ_SHA512 = 4
};
#define ZZZ_DIGEST_MAX_BYTES 64

#define ZZZ_SEAL_KEY_BYTES 32
#define ZZZ_SEAL_OVERHEAD_BYTES 28

/* Signatures by the names of RFC 7518 section 3.1 and RFC 8037 section 3.1. Those of ZZZ_ES* are r and s in a row. */
enum {
    ZZZ_RS256 = 1,
    ZZZ_RS384 = 2,
    ZZZ_RS512 = 3,
    ZZZ_PS256 = 4,
    ZZZ_PS384 = 5,
    ZZZ_PS512 = 6,
    ZZZ_ES256 = 7,
    ZZZ_ES384 = 8,
    ZZZ_ES512 = 9,
    ZZZ_EDDSA = 10 /* Ed25519 */
};

/* zzz_crypto.public_key */
enum {
    ZZZ_KEY_DER = 1, /* a SubjectPublicKeyInfo, RFC 5280 section 4.1 */
    ZZZ_KEY_PEM = 2  /* "-----BEGIN PUBLIC KEY-----", RFC 7468 section 13 */
};

/* A key that signatures are verified with. It ends with release_key, and with the app's generation. */
typedef struct zzz_public_key zzz_public_key;

/* The cost of a password's hash: 128 * r * 2^ln bytes of memory, p times (RFC 7914 section 2). */
typedef struct zzz_password_cost {
    uint32_t size;
    uint32_t ln;
    uint32_t r;
    uint32_t p;
} zzz_password_cost;

/*
 * All are [any]. ZZZ_ERROR_INVALID: an argument is out of range, or a key or hash cannot be read. ZZZ_ERROR_IO: OpenSSL
 * has failed.
 */
typedef struct zzz_crypto {
    uint32_t size;
    uint32_t reserved;

    /* Fills `count` bytes, at most 1 MiB. */
    zzz_status (*random)(void *bytes, size_t count, zzz_error *error);

    zzz_status (*digest)(uint32_t algorithm, zzz_bytes data, zzz_buffer *digest, zzz_error *error);

    /* HMAC (RFC 2104). */
    zzz_status (*authentication_code)(uint32_t digest, zzz_bytes key, zzz_bytes data, zzz_buffer *code,
                                      zzz_error *error);

    /* HKDF with SHA-256 (RFC 5869): fills `key`'s capacity, 1 to 8160 bytes, from a secret that is hard to guess. */
    zzz_status (*derive_key)(zzz_bytes secret, zzz_bytes purpose, zzz_bytes salt, zzz_buffer *key, zzz_error *error);

    /*
     * AES-256-GCM with a random nonce in front. `context` is not in the box, and must be the same to open it. One key
     * is good for 2^32 boxes. open, ZZZ_ERROR_NOT_FOUND: the box was forged, or belongs to another key or context.
     */
    zzz_status (*seal)(zzz_bytes key, zzz_bytes context, zzz_bytes text, zzz_buffer *box, zzz_error *error);
    zzz_status (*open)(zzz_bytes key, zzz_bytes context, zzz_bytes box, zzz_buffer *text, zzz_error *error);

    /* 1 when both are the same bytes; the time does not tell where they differ. */
    int32_t (*equal)(zzz_bytes left, zzz_bytes right);

    /*
     * A password as it is stored: scrypt in the PHC string format, at most 256 bytes. cost NULL: the daemon's. Both
     * take tenths of a second, so call them within zzz_loop_api.blocking. verify_password, ZZZ_ERROR_NOT_FOUND: another
     * password.
     */
    zzz_status (*hash_password)(zzz_bytes password, const zzz_password_cost *cost, zzz_buffer *hash, zzz_error *error);
    zzz_status (*verify_password)(zzz_bytes password, zzz_bytes hash, zzz_error *error);

    /*
     * Reads RSA of 2048 to 8192 bits, P-256, P-384, P-521 or Ed25519. (owned): release_key frees it.
     * ZZZ_ERROR_LIMIT: the app has 1024 keys.
     */
    zzz_status (*public_key)(zzz_app *app, uint32_t format, zzz_bytes encoding, zzz_public_key **key, zzz_error *error);

    /* ZZZ_ERROR_GONE when it has ended. */
    zzz_status (*release_key)(zzz_public_key *key);

    /*
     * ZZZ_ERROR_NOT_FOUND: the signature is not of that key's owner over `data`, or the algorithm is for another kind
     * of key. ZZZ_ERROR_GONE: the key has ended.
     */
    zzz_status (*verify)(zzz_public_key *key, uint32_t algorithm, zzz_bytes signature, zzz_bytes data,
                         zzz_error *error);
} zzz_crypto;

#ifdef __cplusplus
}
#endif
#endif
