#include "likeness_build.h"

// scripts/lib/likeness.sh writes the stamp for release builds, and touches this file when the commit is another: nothing
// else is compiled again.
#if __has_include("stamp.h")
#include "stamp.h"
#else
#define LIKENESS_COMMIT "unknown"
#endif

const char *likeness_build_commit(void) { return LIKENESS_COMMIT; }
