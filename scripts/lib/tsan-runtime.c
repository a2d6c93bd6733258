/* Tells the thread sanitizer what it cannot see of Swift's runtime, which is not instrumented.
 *
 * Preloaded before the runtime, these functions stand in for its own, name what is handed over, and call them. Nothing
 * else is hidden from the sanitizer.
 *
 * Mutexes. Synchronization.Mutex locks by an atomic exchange, which the compiler puts into our own code where the sanitizer sees it.
 * When the lock is taken already, the Swift runtime waits for the kernel instead, and that is not instrumented: every
 * access under a lock that was waited for would be reported.
 *
 * Continuations. The runtime tells the sanitizer of tasks that change threads, but not of a continuation that is resumed
 * before its task has begun to wait: such a task goes on at once, and what the other thread wrote for it would be reported.
 *
 * Copies on write. Who finds an object unique may write to it, because whoever read it has given it back. The count that
 * says so is kept in the runtime: a write would be reported as a race with a read before the last release.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>

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

/* Continuations: the pointer is the task. */

#define ASYNC __attribute__((swiftasynccall))
#define CONTEXT __attribute__((swift_async_context)) void *

typedef SWIFT void resume_function(void *task);
typedef SWIFT void resume_with_error_function(void *task, void *error);
typedef ASYNC void await_function(void *context);
typedef ASYNC void resume_parent_function(CONTEXT context);

/* The beginning of the runtime's AsyncContext (swift/ABI/Task.h). */
struct async_context {
    struct async_context *parent;
    resume_parent_function *resume_parent;
};

extern SWIFT void *swift_task_getCurrent(void);

SWIFT void swift_continuation_resume(void *task) {
    static resume_function *next;
    if (!next) next = (resume_function *)dlsym(RTLD_NEXT, "swift_continuation_resume");
    if (__tsan_release) __tsan_release(task);
    next(task);
}

SWIFT void swift_continuation_throwingResume(void *task) {
    static resume_function *next;
    if (!next) next = (resume_function *)dlsym(RTLD_NEXT, "swift_continuation_throwingResume");
    if (__tsan_release) __tsan_release(task);
    next(task);
}

SWIFT void swift_continuation_throwingResumeWithError(void *task, void *error) {
    static resume_with_error_function *next;
    if (!next) next = (resume_with_error_function *)dlsym(RTLD_NEXT, "swift_continuation_throwingResumeWithError");
    if (__tsan_release) __tsan_release(task);
    next(task, error);
}

/* Where each waiting context goes on. The runtime decides within swift_continuation_await whether the task waits, and goes
 * on from there or from another thread: only what it jumps to then comes after the other thread's release for certain. */
struct waiting {
    struct async_context *context;
    resume_parent_function *resume_parent;
    struct waiting *next;
};
static struct waiting *waiting[1024];

/* Not one of pthread's: the sanitizer would take it for an order between all tasks, and miss races. */
static char waiting_lock;
static void lock_waiting(void) {
    while (__atomic_test_and_set(&waiting_lock, __ATOMIC_ACQUIRE)) sched_yield();
}
static void unlock_waiting(void) { __atomic_clear(&waiting_lock, __ATOMIC_RELEASE); }

static struct waiting **bucket(const void *context) { return &waiting[((uintptr_t)context >> 4) % 1024]; }

static ASYNC void go_on(CONTEXT context) {
    lock_waiting();
    struct waiting **place = bucket(context);
    while ((*place)->context != context) place = &(*place)->next;
    struct waiting *found = *place;
    *place = found->next;
    unlock_waiting();
    resume_parent_function *resume_parent = found->resume_parent;
    free(found);
    ((struct async_context *)context)->resume_parent = resume_parent;
    __tsan_acquire(swift_task_getCurrent());
    __attribute__((musttail)) return resume_parent(context);
}

ASYNC void swift_continuation_await(void *pointer) {
    static await_function *next;
    if (!next) next = (await_function *)dlsym(RTLD_NEXT, "swift_continuation_await");
    struct async_context *context = pointer;
    if (__tsan_acquire) {
        struct waiting *new = malloc(sizeof *new);
        lock_waiting();
        *new = (struct waiting){context, context->resume_parent, *bucket(context)};
        *bucket(context) = new;
        unlock_waiting();
        context->resume_parent = go_on;
    }
    __attribute__((musttail)) return next(pointer);
}

/* Copies on write: the pointer is the object. */

typedef void release_function(void *object);
typedef void release_many_function(void *object, uint32_t count);
typedef _Bool is_unique_function(const void *object);

void swift_release(void *object) {
    static release_function *next;
    if (!next) next = (release_function *)dlsym(RTLD_NEXT, "swift_release");
    if (__tsan_release && object) __tsan_release(object);
    next(object);
}

void swift_release_n(void *object, uint32_t count) {
    static release_many_function *next;
    if (!next) next = (release_many_function *)dlsym(RTLD_NEXT, "swift_release_n");
    if (__tsan_release && object) __tsan_release(object);
    next(object, count);
}

_Bool swift_isUniquelyReferenced_native(const void *object) {
    static is_unique_function *next;
    if (!next) next = (is_unique_function *)dlsym(RTLD_NEXT, "swift_isUniquelyReferenced_native");
    _Bool is_unique = next(object);
    if (is_unique && __tsan_acquire && object) __tsan_acquire((void *)object);
    return is_unique;
}

_Bool swift_isUniquelyReferenced_nonNull_native(const void *object) {
    static is_unique_function *next;
    if (!next) next = (is_unique_function *)dlsym(RTLD_NEXT, "swift_isUniquelyReferenced_nonNull_native");
    _Bool is_unique = next(object);
    if (is_unique && __tsan_acquire) __tsan_acquire((void *)object);
    return is_unique;
}
