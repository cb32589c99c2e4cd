// OpenSSL 3 for Swift: what its headers only have as macros.
#ifndef COPENSSL_SHIM_H
#define COPENSSL_SHIM_H

// Before any header: with other feature macros, types of the Glibc module would be declared a second time.
#include <features.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

static inline int zzz_tls_set_min_version(SSL_CTX *context, int version) {
    return SSL_CTX_set_min_proto_version(context, version);
}

static inline int zzz_tls_set_max_version(SSL_CTX *context, int version) {
    return SSL_CTX_set_max_proto_version(context, version);
}

static inline int zzz_tls_set_groups(SSL_CTX *context, const char *names) {
    return SSL_CTX_set1_groups_list(context, names);
}

static inline void zzz_tls_set_mode(SSL_CTX *context) {
    // A session that waits holds no buffers, and output is retried from wherever it is then.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

static inline void zzz_tls_set_cache_off(SSL_CTX *context) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

static inline void zzz_tls_set_max_certificate_list(SSL_CTX *context, long bytes) {
    SSL_CTX_set_max_cert_list(context, bytes);
}

static inline void zzz_tls_set_server_options(SSL_CTX *context) {
    // The chain is what the file says. Otherwise OpenSSL would look for one in each handshake, which takes longer than
    // what it signs, and among the authorities of client certificates.
    SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);
    // One renegotiation costs a server as much as a handshake, and HTTP does not need any.
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_PRIORITIZE_CHACHA);
}

static inline void zzz_tls_set_tickets_off(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, 0);
}

static inline int zzz_tls_print_name(BIO *bio, const X509_NAME *name) {
    return X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253);
}

typedef int (*zzz_tls_name_callback)(SSL *, int *, void *);

static inline void zzz_tls_set_name_callback(SSL_CTX *context, zzz_tls_name_callback callback, void *argument) {
    SSL_CTX_set_tlsext_servername_callback(context, callback);
    SSL_CTX_set_tlsext_servername_arg(context, argument);
}

typedef int (*zzz_tls_ticket_callback)(SSL *, unsigned char *, unsigned char *, EVP_CIPHER_CTX *, EVP_MAC_CTX *, int);

static inline void zzz_tls_set_ticket_callback(SSL_CTX *context, zzz_tls_ticket_callback callback) {
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, callback);
}

// The MAC of a ticket: HMAC with SHA-256.
static inline int zzz_tls_begin_ticket_mac(EVP_MAC_CTX *mac, unsigned char *key, size_t size) {
    char digest[] = "SHA256";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key, size),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_CTX_set_params(mac, parameters);
}

// HKDF-Expand-Label of TLS 1.3 with an empty context, by the KDF that OpenSSL itself uses for it.
static inline int zzz_tls_expand_label(const unsigned char *digest, const unsigned char *secret, size_t secret_size,
                                       const unsigned char *label, unsigned char *result, size_t size) {
    int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
    char prefix[] = "tls13 ";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (unsigned char *)secret, secret_size),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PREFIX, prefix, sizeof prefix - 1),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_LABEL, (char *)label, strlen((const char *)label)),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS13-KDF", NULL);
    EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    int is_made = context ? EVP_KDF_derive(context, result, size, parameters) == 1 : 0;
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return is_made;
}

static inline int zzz_tls_set_host_name(SSL *ssl, const char *name) {
    return (int)SSL_set_tlsext_host_name(ssl, name);
}

static inline void zzz_tls_bio_retry(BIO *bio) { BIO_set_retry_read(bio); }
static inline void zzz_tls_bio_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }

static inline int zzz_tls_general_name_type(const GENERAL_NAME *name) { return name->type; }
static inline const ASN1_STRING *zzz_tls_general_name_text(const GENERAL_NAME *name) { return name->d.dNSName; }
static inline int zzz_tls_general_name_count(const GENERAL_NAMES *names) { return sk_GENERAL_NAME_num(names); }
static inline GENERAL_NAME *zzz_tls_general_name(const GENERAL_NAMES *names, int index) {
    return sk_GENERAL_NAME_value(names, index);
}
static inline STACK_OF(X509_NAME) *zzz_tls_load_ca_names(const char *file) { return SSL_load_client_CA_file(file); }
static inline int zzz_tls_ca_name_count(const STACK_OF(X509_NAME) *names) { return sk_X509_NAME_num(names); }

static inline int zzz_tls_error_library(unsigned long code) { return ERR_GET_LIB(code); }
static inline int zzz_tls_error_reason(unsigned long code) { return ERR_GET_REASON(code); }

#endif
