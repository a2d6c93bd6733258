// zlib.h's inflateInit2 and deflateInit2 are macros, which Swift does not see.
#pragma once
#include <zlib.h>

static inline int likeness_inflate_init(z_streamp stream, int window_bits) {
    return inflateInit2(stream, window_bits);
}

static inline int likeness_deflate_init(z_streamp stream, int level, int window_bits) {
    return deflateInit2(stream, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
}
