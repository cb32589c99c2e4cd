// zlib for Swift: what its header only has as macros.
#ifndef CZLIB_SHIM_H
#define CZLIB_SHIM_H

// Before any header: with other feature macros, types of the Glibc module would be declared a second time.
#include <features.h>
#include <zlib.h>

static inline int zzz_zlib_deflate_init(z_stream *stream, int level, int window_bits, int memory_level) {
    return deflateInit2(stream, level, Z_DEFLATED, window_bits, memory_level, Z_DEFAULT_STRATEGY);
}

static inline int zzz_zlib_inflate_init(z_stream *stream, int window_bits) { return inflateInit2(stream, window_bits); }

// zlib exports it for its callers, and declares it beside its documented functions: a reset that keeps the window.
static inline int zzz_zlib_inflate_reset_keep(z_stream *stream) { return inflateResetKeep(stream); }

#endif
