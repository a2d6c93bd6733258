// What the build says of itself.
#pragma once

/// The commit the program was built from, as `git describe` names it; "unknown" for a build that was not stamped.
const char *_Nonnull likeness_build_commit(void);
