package import NIOCore

/// Runs the jobs of tasks on one event loop, soon: those that come up while it is already running jobs follow in the same turn.
///
/// A job never runs within the call that made it ready. Were it so, a task whose cancellation handler resumes it would go on
/// within `Task.cancel()`, and end before the runtime has left the task's list of handlers: memory that is free by then.
package final class EventLoopExecutor: TaskExecutor {
    package let eventLoop: any EventLoop
    private let jobs: NIOLoopBoundBox<Jobs>

    private struct Jobs {
        var isRunning = false
        var waiting: [UnownedJob] = []
    }

    package init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        self.jobs = .makeBoxSendingValue(Jobs(), eventLoop: eventLoop)
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if self.eventLoop.inEventLoop, self.jobs.value.isRunning {
            self.jobs.value.waiting.append(job)
        } else {
            self.eventLoop.execute { self.run(job) }
        }
    }

    private func run(_ job: UnownedJob) {
        guard !self.jobs.value.isRunning else {
            self.jobs.value.waiting.append(job)
            return
        }
        self.whileRunning { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    /// Runs `body`, which starts tasks on this loop, and then the jobs that came up meanwhile.
    func whileRunning(_ body: () -> Void) {
        guard !self.jobs.value.isRunning else { return body() }
        self.jobs.value.isRunning = true
        body()
        while !self.jobs.value.waiting.isEmpty {
            let waiting = self.jobs.value.waiting
            self.jobs.value.waiting = []
            for job in waiting { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
        self.jobs.value.isRunning = false
    }
}
