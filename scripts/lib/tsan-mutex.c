/* Tells the thread sanitizer of Swift's Mutex.
 *
 * Synchronization.Mutex locks by an atomic exchange, which the compiler puts into our own code where the sanitizer sees it.
 * When the lock is taken already, the Swift runtime waits for the kernel instead, and that is not instrumented: every
 * access under a lock that was waited for would be reported. Preloaded before the runtime, these two stand in for the
 * slow halves and name the handle that was acquired or is released. Nothing else is hidden from the sanitizer.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

extern void __tsan_acquire(void *) __attribute__((weak));
extern void __tsan_release(void *) __attribute__((weak));

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *

typedef SWIFT void lock_function(uint32_t thread, SELF handle);
typedef SWIFT void unlock_function(SELF handle);

SWIFT void lock_slow(uint32_t thread, SELF handle) __asm__("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
SWIFT void unlock_slow(SELF handle) __asm__("$s15Synchronization12_MutexHandleV11_unlockSlowyyF");

SWIFT void lock_slow(uint32_t thread, SELF handle) {
    static lock_function *next;
    if (!next) next = (lock_function *)dlsym(RTLD_NEXT, "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
    next(thread, handle);
    if (__tsan_acquire) __tsan_acquire(handle);
}

SWIFT void unlock_slow(SELF handle) {
    static unlock_function *next;
    if (!next) next = (unlock_function *)dlsym(RTLD_NEXT, "$s15Synchronization12_MutexHandleV11_unlockSlowyyF");
    if (__tsan_release) __tsan_release(handle);
    next(handle);
}
