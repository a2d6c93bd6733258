package import NIOCore

/// Runs the jobs of tasks on one event loop; at once when already there.
///
/// A job that is enqueued while another runs waits until that one is done, so the stack does not grow.
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
        if self.eventLoop.inEventLoop {
            self.run(job)
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
