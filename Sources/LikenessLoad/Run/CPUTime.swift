internal import Foundation
internal import Glibc

/// CPU time in seconds, user and system together.
enum CPUTime {
    /// POSIX fixes the unit of `clock` to a microsecond.
    static func ofProcess() -> Double { Double(clock()) / 1e6 }

    /// Of the calling thread; 0 where Linux's /proc is not.
    static func ofThread() -> Double {
        let text = (try? String(contentsOfFile: "/proc/thread-self/schedstat", encoding: .utf8)) ?? ""
        return text.split(separator: " ").first.flatMap { Double($0) }.map { $0 / 1e9 } ?? 0
    }

    /// What the whole machine did and could have done, or `nil` where Linux's /proc is not.
    static func ofMachine() -> (busy: Double, total: Double)? {
        guard let text = try? String(contentsOfFile: "/proc/stat", encoding: .utf8),
            let line = text.split(separator: "\n").first
        else { return nil }
        let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
        guard ticks.count == 8 else { return nil }
        let perSecond = Double(sysconf(Int32(_SC_CLK_TCK)))
        // Idle, and waiting for a disk.
        return ((ticks.reduce(0, +) - ticks[3] - ticks[4]) / perSecond, ticks.reduce(0, +) / perSecond)
    }
}

/// What was used between two moments, as one worker sees it.
struct CPUUsage: Sendable {
    private var began: (now: UInt64, thread: Double, process: Double, machine: (busy: Double, total: Double)?)?
    private(set) var seconds = 0.0
    /// Of the worker's own thread.
    private(set) var threadSeconds = 0.0
    private(set) var processSeconds = 0.0
    /// Of all cores, by everybody, 0...1.
    private(set) var machineShare: Double?

    mutating func started(now: UInt64) {
        self.began = (now, CPUTime.ofThread(), CPUTime.ofProcess(), CPUTime.ofMachine())
    }

    mutating func stopped(now: UInt64) {
        guard let began = self.began else { return }
        self.seconds = Double(now - began.now) / 1e9
        self.threadSeconds = CPUTime.ofThread() - began.thread
        self.processSeconds = CPUTime.ofProcess() - began.process
        if let before = began.machine, let after = CPUTime.ofMachine(), after.total > before.total {
            self.machineShare = (after.busy - before.busy) / (after.total - before.total)
        }
    }
}
