/// Waits for shared work no longer than the caller can: the work itself goes on.
enum BoundedWait {
    /// Returns when the task has ended, or at the deadline.
    static func end(of task: Task<Void, Never>, deadline: ContinuousClock.Instant) async {
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        let watch = Task {
            await task.value
            end.finish()
        }
        let timer = Task {
            try? await ClientClock.continuous.sleep(deadline)
            end.finish()
        }
        for await _ in ends {}
        watch.cancel()
        timer.cancel()
    }
}
