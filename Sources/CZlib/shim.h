// zlib for Swift, and the types of what is looked up in libbrotlienc and libzstd.
#ifndef CZLIB_SHIM_H
#define CZLIB_SHIM_H

#include <features.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

// deflateInit2 is a macro, which says for which version and layout the caller was compiled.
static inline int zzz_deflate_begin(z_stream *stream, int level, int window_bits, int memory_level) {
    return deflateInit2(stream, level, Z_DEFLATED, window_bits, memory_level, Z_DEFAULT_STRATEGY);
}

static inline int zzz_inflate_begin(z_stream *stream, int window_bits) { return inflateInit2(stream, window_bits); }

// brotli/encode.h, version 1.
typedef struct zzz_brotli zzz_brotli;
enum { ZZZ_BROTLI_MODE = 0, ZZZ_BROTLI_QUALITY = 1, ZZZ_BROTLI_WINDOW = 2 };
enum { ZZZ_BROTLI_FLUSH = 1, ZZZ_BROTLI_FINISH = 2 };
typedef zzz_brotli *(*zzz_brotli_create)(void *allocate, void *free, void *opaque);
typedef int (*zzz_brotli_set)(zzz_brotli *state, int parameter, uint32_t value);
typedef int (*zzz_brotli_compress)(zzz_brotli *state, int operation, size_t *available_in, const uint8_t **next_in,
                                   size_t *available_out, uint8_t **next_out, size_t *total_out);
typedef void (*zzz_brotli_destroy)(zzz_brotli *state);

// zstd.h, version 1.4 or later.
typedef struct zzz_zstd zzz_zstd;
typedef struct zzz_zstd_input {
    const void *bytes;
    size_t size;
    size_t position;
} zzz_zstd_input;
typedef struct zzz_zstd_output {
    void *bytes;
    size_t size;
    size_t position;
} zzz_zstd_output;
enum { ZZZ_ZSTD_LEVEL = 100, ZZZ_ZSTD_WINDOW = 101 };
enum { ZZZ_ZSTD_FLUSH = 1, ZZZ_ZSTD_END = 2 };
enum { ZZZ_ZSTD_RESET_SESSION = 1 };
typedef zzz_zstd *(*zzz_zstd_create)(void);
typedef size_t (*zzz_zstd_free)(zzz_zstd *state);
typedef size_t (*zzz_zstd_set)(zzz_zstd *state, int parameter, int value);
typedef size_t (*zzz_zstd_reset)(zzz_zstd *state, int directive);
// Returns how many bytes are still to be given out, or an error.
typedef size_t (*zzz_zstd_compress)(zzz_zstd *state, zzz_zstd_output *output, zzz_zstd_input *input, int end);
typedef unsigned (*zzz_zstd_is_error)(size_t code);

#endif
