// zlib.h's inflateInit2 is a macro, which Swift does not see.
#pragma once
#include <zlib.h>

static inline int likeness_inflate_init(z_streamp stream, int window_bits) {
    return inflateInit2(stream, window_bits);
}
